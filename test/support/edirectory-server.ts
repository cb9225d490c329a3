import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runTool } from '../oracles/tool.ts';
import { OpensslCa } from './openssl-ca.ts';
import { spawnWatched } from './watched-process.ts';

// OpenLDAP with what an agent reads of eDirectory's schema: a server that nobody here wrote. The object identifiers are
// placeholders, for clients go by the names.

const program = ['/usr/sbin/slapd', '/usr/lib/slapd', '/usr/libexec/slapd'].find(existsSync) ?? 'slapd';
const adminPassword = 'admin-secret';
export const agentPassword = 'agent-secret-4711';
export const agentLogin = 'cn=fsso,ou=services,o=acme';

const oid = '1.3.6.1.4.1.99999';
const syntax = '1.3.6.1.4.1.1466.115.121.1';
const schema = `
attributetype ( ${oid}.1.1 NAME 'networkAddress' EQUALITY octetStringMatch SYNTAX ${syntax}.40 )
attributetype ( ${oid}.1.2 NAME 'loginTime' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX ${syntax}.24 SINGLE-VALUE )
attributetype ( ${oid}.1.3 NAME 'loginDisabled' EQUALITY booleanMatch SYNTAX ${syntax}.7 SINGLE-VALUE )
attributetype ( ${oid}.1.4 NAME 'groupMembership' EQUALITY distinguishedNameMatch SYNTAX ${syntax}.12 )
objectclass ( ${oid}.2.1 NAME 'ndsLoginProperties' SUP top AUXILIARY MAY ( networkAddress $ loginTime $ loginDisabled $ groupMembership ) )
`;

/** A value of `networkAddress`: its type, and for all but type 1 a port before the address. */
export function networkAddress(type: number, address: string, port = 524): Buffer {
  const bytes = address.includes(':')
    ? Buffer.from(
        address
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join(''),
        'hex',
      )
    : Buffer.from(address.split('.').map(Number));
  return Buffer.concat([
    Buffer.from(`${type}#`),
    type === 1 ? Buffer.alloc(0) : Buffer.from([port >> 8, port & 255]),
    bytes,
  ]);
}

export interface EdirectoryUser {
  name: string;
  addresses?: Buffer[];
  loginTime?: string;
  groups?: string[];
  disabled?: boolean;
}

const line = (name: string, value: string | Buffer) => `${name}:: ${Buffer.from(value).toString('base64')}\n`;
export const userDn = (name: string) => `cn=${name.replace(/[,+"\\<>;=]/g, '\\$&')},ou=users,o=acme`;
export const groupDn = (name: string) => `cn=${name},ou=groups,o=acme`;

function userLdif({ name, addresses = [], loginTime, groups = [], disabled }: EdirectoryUser): string {
  return [
    line('dn', userDn(name)),
    'objectClass: inetOrgPerson\nobjectClass: ndsLoginProperties\n',
    line('cn', name),
    line('sn', name),
    ...addresses.map((address) => line('networkAddress', address)),
    ...(loginTime ? [line('loginTime', loginTime)] : []),
    ...groups.map((group) => line('groupMembership', groupDn(group))),
    ...(disabled === undefined ? [] : [line('loginDisabled', disabled ? 'TRUE' : 'FALSE')]),
    '\n',
  ].join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await pause(20);
  }
  throw new Error(`slapd did not open port ${port} within ten seconds`);
}

/** An eDirectory on loopback: LDAP with StartTLS, and LDAPS. It ends with `remove`, and by itself when this process is gone. */
export class EdirectoryServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'fabrictop-edirectory-'));
  readonly port: number;
  readonly tlsPort: number;
  readonly caFile: string;
  readonly #ca: OpensslCa;
  #child: ChildProcess | null = null;

  private constructor(port: number, tlsPort: number) {
    this.port = port;
    this.tlsPort = tlsPort;
    const ca = new OpensslCa();
    const authority = ca.authority('/CN=Test CA of eDirectory');
    const server = ca.issue({
      subject: '/CN=edir.acme.example',
      issuer: authority,
      extensions: [['subjectAltName', 'DNS:edir.acme.example,IP:127.0.0.1']],
    });
    this.caFile = authority.certificateFile;
    mkdirSync(join(this.directory, 'db'));
    writeFileSync(join(this.directory, 'edirectory.schema'), schema);
    writeFileSync(
      join(this.directory, 'slapd.conf'),
      `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include ${this.directory}/edirectory.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${this.directory}/slapd.pid
TLSCACertificateFile ${authority.certificateFile}
TLSCertificateFile ${server.certificateFile}
TLSCertificateKeyFile ${server.keyFile}
sizelimit unlimited
database mdb
maxsize 67108864
suffix "o=acme"
rootdn "cn=admin,o=acme"
rootpw ${adminPassword}
directory ${this.directory}/db
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
`,
    );
    this.#ca = ca;
  }

  /** Starts one with these users, and waits until it answers. */
  static async start(users: readonly EdirectoryUser[]): Promise<EdirectoryServer> {
    const server = new EdirectoryServer(await freePort(), await freePort());
    try {
      server.#fill(users);
      await server.run();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  #fill(users: readonly EdirectoryUser[]): void {
    const ldif = join(this.directory, 'users.ldif');
    const units = ['users', 'groups', 'services'].map(
      (unit) => `dn: ou=${unit},o=acme\nobjectClass: organizationalUnit\nou: ${unit}\n\n`,
    );
    writeFileSync(
      ldif,
      [
        'dn: o=acme\nobjectClass: organization\no: acme\n\n',
        ...units,
        `dn: ${agentLogin}\nobjectClass: inetOrgPerson\ncn: fsso\nsn: fsso\nuserPassword: ${agentPassword}\n\n`,
        ...users.map(userLdif),
      ].join(''),
    );
    runTool(
      program,
      ['-T', 'add', '-q', '-f', join(this.directory, 'slapd.conf'), '-l', ldif],
      'slapd ldap-utils',
    );
  }

  /** Runs the server, again after `stop`. */
  async run(): Promise<void> {
    const urls = `ldap://127.0.0.1:${this.port} ldaps://127.0.0.1:${this.tlsPort}`;
    this.#child = spawnWatched(program, ['-h', urls, '-f', join(this.directory, 'slapd.conf'), '-d', '0']);
    await Promise.all([this.port, this.tlsPort].map(answering));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }

  /** Ends it, and nothing of it stays. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
    this.#ca.remove();
  }

  /** Changes an attribute of a user, with the program that comes with the server; without values it is removed. */
  change(user: string, attribute: string, values: readonly (string | Buffer)[]): void {
    const ldif = [
      line('dn', userDn(user)),
      `changetype: modify\nreplace: ${attribute}\n`,
      ...values.map((value) => line(attribute, value)),
    ].join('');
    this.#modify(ldif);
  }

  add(user: EdirectoryUser): void {
    this.#modify(userLdif(user).replace('objectClass:', 'changetype: add\nobjectClass:'));
  }

  #modify(ldif: string): void {
    runTool(
      'ldapmodify',
      ['-x', '-H', `ldap://127.0.0.1:${this.port}`, '-D', 'cn=admin,o=acme', '-w', adminPassword],
      'ldap-utils',
      Buffer.from(ldif),
    );
  }
}
