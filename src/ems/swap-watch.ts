import type { TLSSocket } from 'node:tls';

/**
 * Calls `onSwap` when the server of a connection that was judged negotiates anew and shows another certificate then: a TLS 1.2
 * server may negotiate anew, to see our certificate, and has to be the same server then. Looked at right there, as there is no
 * certificate to be seen any more once the connection has ended, and before a word of the other is read.
 */
export function watchSwap(socket: TLSSocket, onSwap: () => void): void {
  const judged = shownOn(socket);
  let isSwapped = false;
  socket.on('secure', () => {
    const shown = shownOn(socket);
    isSwapped ||= judged !== undefined && shown !== undefined && !judged.equals(shown);
    if (isSwapped) onSwap();
  });
}

/**
 * DER. Undefined once the server has resumed the session of this very connection, which only who has its keys can do. Never
 * `getPeerX509Certificate`: on a client it takes the certificate away with it, and finds none, or another, the next time.
 */
function shownOn(socket: TLSSocket): Buffer | undefined {
  return socket.getPeerCertificate()?.raw;
}
