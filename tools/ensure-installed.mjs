// Installs what is missing, and nothing when nothing is: `npm ci` takes half a minute even when all is there.
// Runs on any Node from 18 on, because it is what brings the right one. With --tests, also what the tests call, with --bench what the benchmarks do.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Programs that the tests run beside the product, and the Debian package of each; a `file` where the package has no program.
 * The only list of them, with the next.
 */
export const testPrograms = [
  { program: 'tshark', package: 'tshark' }, // dissects what our agents and collectors send
  { program: 'dumpcap', package: 'wireshark-common' }, // takes every packet of a run, to look for passwords in them
  { program: 'openssl', package: 'openssl' }, // makes certificates and serves TLS that is not ours
  { program: 'curl', package: 'curl' }, // asks the lab's EMS as a client that nobody here wrote
  { program: 'dnsmasq', package: 'dnsmasq-base' }, // the DNS server that resolves what a datagram leaves out
  { program: 'rsyslogd', package: 'rsyslog' }, // understands what is forwarded as syslog
  { program: 'radclient', package: 'freeradius-utils' }, // accounts for sessions as network access servers do
  { program: 'logger', package: 'bsdutils' }, // writes logons into syslog
  { program: 'mandoc', package: 'mandoc' }, // reads our man page strictly
  { program: 'sqlite3', package: 'sqlite3' }, // reads the history and asks it the same questions
  { program: 'promtool', package: 'prometheus' }, // checks our metrics
  { program: 'systemd-notify', package: 'systemd' }, // tells a service manager how we stand; others of the same package hear it, and read our unit file
  { program: 'zsh', package: 'zsh' }, // completes our commands
  { program: 'fish', package: 'fish' }, // completes our commands
  { program: 'samba', package: 'samba-ad-dc' }, // the Active Directory that groups are looked up in
  { file: '/usr/share/samba/setup', package: 'samba-ad-provision' }, // what a new domain is made from
  { program: 'smbd', package: 'samba' }, // a workstation that is asked who is logged on
  { program: 'rpcclient', package: 'smbclient' }, // asks it
  { file: '/usr/lib/python3/dist-packages/impacket', package: 'python3-impacket' }, // asks our Windows machine, and Samba, what we ask
  { program: 'kinit', package: 'krb5-user' }, // logs on at it by Kerberos
  { program: 'ntlm_auth', package: 'winbind' }, // speaks NTLM with ours, as client and as server
  { program: 'ldapsearch', package: 'ldap-utils' }, // asks directories the same as we do
  { program: 'slapd', package: 'slapd' }, // the eDirectory that the agent looks at
  { program: 'nft', package: 'nftables' }, // loads the rules that steer connections into a session's ports
  { program: 'ip', package: 'iproute2' }, // makes the network in which they are tried
  { program: 'busctl', package: 'systemd' }, // asks logind who is logged on
  { program: 'dbus-daemon', package: 'dbus' }, // the bus on which it asks
  { file: '/usr/lib/python3/dist-packages/winrm', package: 'python3-winrm' }, // asks the lab's WS-Management
  { file: '/usr/lib/python3/dist-packages/gssapi', package: 'python3-gssapi' }, // takes our logins and opens what we seal
  { file: '/etc/gss/mech.d/mech.ntlmssp.conf', package: 'gss-ntlmssp' }, // NTLM for these two
  { file: '/usr/lib/python3/dist-packages/dbusmock', package: 'python3-dbusmock' }, // plays logind
];

/** The same for the benchmarks, which measure these beside the product. */
export const benchPrograms = [
  { program: 'top', package: 'procps' },
  { program: 'htop', package: 'htop' },
];

/** What differs between the lock file and the record that npm keeps of an installation; null when nothing does. */
export function difference(lock, installed) {
  if (!installed) return 'nothing is installed';
  const wanted = lock.packages ?? {};
  const present = installed.packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    // The root is not recorded, and optional packages for other systems are left out.
    if (path === '' || (entry.optional && !present[path])) continue;
    if (!present[path]) return `${path} is missing`;
    if (present[path].version !== entry.version || present[path].integrity !== entry.integrity)
      return `${path} is another version`;
  }
  const extra = Object.keys(present).find((path) => !wanted[path]);
  return extra === undefined ? null : `${extra} is not wanted any more`;
}

/** The directories where programs are looked for, those that administrators have on their path included. */
function programPath(env) {
  return [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Debian packages that have to be installed before the tests can run. */
export function missingPackages(programs, env) {
  const absent = programs.filter(({ program, file }) =>
    file === undefined
      ? !programPath(env).some((path) => isExecutable(join(path, program)))
      : !existsSync(file),
  );
  return [...new Set(absent.map((entry) => entry.package))];
}

function stop(line) {
  process.stderr.write(`fabrictop: ${line}\n`);
  process.exit(1);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function ensureModules(root) {
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock) stop('package-lock.json cannot be read: this is no complete checkout');
  const why =
    difference(lock, readJson(join(root, 'node_modules', '.package-lock.json'))) ??
    (existsSync(join(root, 'node_modules', '.bin', 'node')) ? null : 'the pinned Node is missing');
  if (why === null) return;
  process.stderr.write(`fabrictop: installing packages (${why})\n`);
  // Not the pinned Node, even when it runs this: npm is about to delete it.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !/node_modules[/\\]\.bin$/.test(entry));
  const env = { ...process.env, PATH: path.join(delimiter) };
  // npm itself may run on an older Node than our packages want, and would warn of each: they run on the pinned one.
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  });
  if (error || status !== 0) stop(`npm ci failed (${error ? error.message : `status ${status}`})`);
  if (!existsSync(join(root, 'node_modules', '.bin', 'node')))
    stop(
      'the pinned Node was not installed: npm must be allowed to run install scripts (ignore-scripts is set?)',
    );
}

function ensurePrograms(programs, who) {
  const missing = missingPackages(programs, process.env);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isDebian =
    existsSync('/etc/debian_version') &&
    missingPackages([{ program: 'apt-get', package: '' }], process.env).length === 0;
  if (!isDebian) stop(`${who} need ${missing.join(', ')}: install them with your system's package manager`);
  if (process.getuid?.() !== 0) stop(`${who} need more: sudo ${install}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  withoutStarting(() => installAll(install, env, who));
}

/** Debian starts what it installs, and tests want the programs only: a file server on every address is nobody's wish. */
function withoutStarting(action) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => isOurs && rmSync(policy, { force: true });
  process.once('exit', remove);
  try {
    action();
  } finally {
    remove();
  }
}

function installAll(install, env, who) {
  for (const parameters of [['update', '-q'], install.split(' ').slice(1)]) {
    process.stderr.write(`fabrictop: apt-get ${parameters.join(' ')}\n`);
    const { status } = spawnSync('apt-get', parameters, { env, stdio: ['ignore', 2, 2] });
    // A source that is out of order does not stop the others: whether it mattered shows when installing.
    if (status !== 0 && parameters[0] === 'install') stop(`${who} need more, and this failed: ${install}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureModules(fileURLToPath(new URL('..', import.meta.url)));
  if (process.argv.includes('--tests')) ensurePrograms(testPrograms, 'the tests');
  if (process.argv.includes('--bench')) ensurePrograms(benchPrograms, 'the benchmarks');
}
