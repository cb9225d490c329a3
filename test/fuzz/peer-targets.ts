import { BackupError } from '../../src/config/fortios/backup.ts';
import { importBackup } from '../../src/config/fortios/import.ts';
import { parseConfig } from '../../src/config/load.ts';
import { EmsFailure } from '../../src/ems/diagnosis.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { readReply } from '../../src/ems/reply.ts';
import {
  readEndpoint,
  readNotification,
  readPage,
  readPublicAddress,
  readRegistered,
  readTag,
  readUidTags,
  readZtnaCa,
} from '../../src/ems/session/records.ts';
import { safeText } from '../../src/safe-text.ts';
import type { Target } from './targets.ts';

const longestBody = 64 * 1024;
const context = {
  facts: { server: 'ems.example:443' },
  longest: longestBody,
  submission: true,
  identified: true,
  resumed: false,
  serial: 'FGVM010000000001',
};
const statuses = [200, 200, 200, 204, 400, 401, 429, 500];

function mustBeSafe(lines: readonly string[]): void {
  const unsafe = lines.find((line) => safeText(line) !== line);
  if (unsafe !== undefined) throw new Error(`unsafe: ${JSON.stringify(unsafe)}`);
}

/** The first octet says with which status the rest comes, and whether it says to be packed. */
function readEmsReply(bytes: Buffer): void {
  const first = bytes[0] ?? 0;
  const reply = {
    status: statuses[first & 7] ?? 200,
    body: bytes.subarray(1),
    encoding: first & 8 ? 'gzip' : '',
    contentType: first & 16 ? '' : 'application/json; charset=utf-8',
    retryAfterMs: null,
  };
  const { fields } = emsProfile;
  try {
    const data = readReply(reply, context);
    readRegistered(data, fields);
    readPublicAddress(data, fields);
    readZtnaCa(data, fields);
    readNotification(data, emsProfile);
    const pages = Object.values(fields.rows).map((list) => readPage(data, list, fields));
    for (const row of pages.flatMap((page) => page?.rows ?? [])) {
      readEndpoint(row, fields);
      readTag(row, fields);
      readUidTags(row, fields);
    }
  } catch (error) {
    if (!(error instanceof EmsFailure)) throw error;
    const { message, cause, fix } = error.problem;
    mustBeSafe([message, cause, ...fix]);
  }
}

function readConfigBackup(bytes: Buffer): void {
  try {
    const { yaml, report } = importBackup(bytes.toString('utf8'), 'FGVM010000000001');
    mustBeSafe(report);
    parseConfig(yaml, 'imported');
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    mustBeSafe([error.message]);
  }
}

const backup = `#config-version=FGVM64-7.4.4-FW-build2662-240514:opmode=0:vdom=0:user=admin
config endpoint-control fctems
    edit 1
        set name "hq"
        set server "ems.corp.example"
        set call-timeout 60
        set capabilities fabric-auth websocket
    next
end
config user fsso
    edit "corp"
        set server "10.0.0.11"
        set port 8001
        set password ENC AAAA
        set logon-timeout 30
        set ssl enable
    next
end
`;

const rules = `#config-version=FGVM64-7.2.8-FW-build1639-240313:opmode=0:vdom=1:user=admin
config vdom
edit root
config user group
    edit "staff"
        set member "CORP/SALES" "CORP/IT"
    next
end
config firewall address
    edit "lan"
        set subnet 10.1.0.0 255.255.0.0
    next
    edit "pool"
        set type iprange
        set start-ip 10.2.0.1
        set end-ip 10.2.0.9
    next
end
config firewall addrgrp
    edit "all-lans"
        set member "lan" "pool"
    next
end
config firewall policy
    edit 7
        set name "out"
        set srcaddr "lan"
        set dstaddr "all"
        set action accept
        set groups "staff"
    next
end
next
end
`;

const emsReplies = [
  {
    result: { retval: 1, message: 'ok' },
    data: { authorized: false, auth_url: 'https://ems/a?b', tenant_id: 'T' },
  },
  {
    result: { retval: 1 },
    data: {
      updated_at: '2026-11-22T10:00:00Z',
      has_more: true,
      endpoints: [
        {
          uid: 'AA',
          host: 'pc',
          user: 'anna',
          ip: '10.0.0.1',
          mac_list: ['00:11'],
          online: true,
          gateways: [{}],
        },
        { uid: 'BB', deleted: true },
      ],
      tags: [{ name: 'tag', type: 1, ips: ['10.0.0.1'], uids: ['aa'] }],
      uid_tags: [{ uid: 'AA', tags: ['tag'] }],
    },
  },
  { result: { retval: -4, message: 'session is over' } },
];

/** What an admin brings from a FortiGate, and what an EMS answers. */
export const peerTargets: Readonly<Record<string, Target>> = {
  'config-backup': {
    read: readConfigBackup,
    sources: '/src/config/fortios/',
    seeds: [backup, rules].map((text) => Buffer.from(text)),
  },
  'ems-reply': {
    read: readEmsReply,
    sources: '/src/ems/',
    seeds: emsReplies.map((reply) => Buffer.concat([Buffer.from([0]), Buffer.from(JSON.stringify(reply))])),
  },
};
