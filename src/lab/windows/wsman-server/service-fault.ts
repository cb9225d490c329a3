import { writeFault } from '../../../fsso/wsman/fault.ts';

export type FaultPrefix = Parameters<typeof writeFault>[1];

/** What a request is refused with. */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault';
  readonly prefix: FaultPrefix;
  readonly kind: string;
  /** Windows' own number; null where none is told. */
  readonly windows: number | null;
  readonly from: 'Sender' | 'Receiver';

  constructor(
    prefix: FaultPrefix,
    kind: string,
    reason: string,
    windows: number | null = null,
    from: 'Sender' | 'Receiver' = 'Sender',
  ) {
    super(reason);
    this.prefix = prefix;
    this.kind = kind;
    this.windows = windows;
    this.from = from;
  }
}

export function writeFaultBody({ from, prefix, kind, windows, message }: ServiceFault): string {
  return writeFault(from, prefix, { kind, windows, reason: message });
}
