/** Bytes that are no gate link. The only thing that reading one throws; its text repeats nothing of them. */
export class GateLinkError extends Error {
  override readonly name = 'GateLinkError';
}
