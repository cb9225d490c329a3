import { alertNumber } from './tls-failure.ts';

/**
 * How an exchange ended without a reply that counts; `alert` carries the TLS alert in `cause`, and `swapped` means that the
 * server showed another certificate when it negotiated anew.
 */
export type ExchangeFault =
  | 'late'
  | 'closed'
  | 'alert'
  | 'swapped'
  | 'header-too-long'
  | 'body-too-long'
  | 'not-http';

export class ExchangeFailure extends Error {
  readonly fault: ExchangeFault;

  constructor(fault: ExchangeFault, cause?: unknown) {
    super(fault, { cause });
    this.name = 'ExchangeFailure';
    this.fault = fault;
  }
}

/** What ended it, from the errors of HTTP and of the TLS below it. */
export function failureOf(error: NodeJS.ErrnoException, tlsError: Error | null): ExchangeFailure {
  const code = error.code ?? '';
  // TLS 1.3: a server refuses our certificate, or the want of one, only after the handshake looked complete to us.
  const alert = [error, tlsError].find((one) => one !== null && alertNumber(one) !== null);
  if (alert) return new ExchangeFailure('alert', alert);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new ExchangeFailure('header-too-long');
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new ExchangeFailure('body-too-long');
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError') return new ExchangeFailure('not-http');
  return new ExchangeFailure('closed', error);
}
