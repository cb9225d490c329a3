import * as z from 'zod';
import { onOff, path } from '../values.ts';

const secure = z.enum(['http', 'https'], 'expected http or https');
const authentication = z.enum(['negotiate', 'basic'], 'expected negotiate or basic');

/** How WMI is reached where the mode is `wmi`. */
export const pollingWmiSchema = z
  .strictObject({
    secure: secure.default('http'),
    ca: path.optional(),
    'server-identity-check': onOff.default('enable'),
    authentication: authentication.default('negotiate'),
    subscription: onOff.default('disable'),
  })
  .superRefine((wmi, context) => {
    const need = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (wmi.secure === 'https' && wmi.ca === undefined)
      need('ca', 'expected the PEM file with the authority of the servers: secure is https');
    if (wmi.secure === 'http' && wmi.authentication === 'basic')
      need('authentication', 'expected negotiate: basic sends the password, which needs secure: https');
  });

/** What docs/cli.md says of them, below `polling`. */
export const pollingWmiParts = {
  wmi: { fallback: 'none', values: 'how WMI is reached over WS-Management, with mode `wmi`' },
  'wmi.secure': {
    fallback: 'http',
    values: '`http` (port 5985: every message is sealed by the keys of the login) or `https` (port 5986)',
  },
  'wmi.ca': {
    fallback: 'none',
    values: 'PEM file with the authority that signed the certificates of the servers; needed with `https`',
  },
  'wmi.server-identity-check': {
    fallback: 'enable',
    values: '`disable` takes any certificate of the authority, whatever name it has',
  },
  'wmi.authentication': {
    fallback: 'negotiate',
    values: '`negotiate` (NTLM), or `basic`, which sends the password, over `https` only',
  },
  'wmi.subscription': {
    fallback: 'disable',
    values:
      '`enable` has new events delivered, so that not every poll walks through the whole log; for Windows 2012 and later',
  },
} as const;
