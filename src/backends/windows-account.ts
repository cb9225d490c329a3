import type { NtlmCredentials } from '../fsso/ntlm/client.ts';

/** An account as it is configured: `DOMAIN\USER`, or `USER@domain.example`, which a machine takes apart by itself. */
export function windowsAccount(written: string, password: string): NtlmCredentials {
  const backslash = written.indexOf('\\');
  if (backslash === -1) return { user: written, domain: '', password };
  return { user: written.slice(backslash + 1), domain: written.slice(0, backslash), password };
}
