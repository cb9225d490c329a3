import type { StoreApi } from 'zustand/vanilla';
import { askAcceptance, whyNotAccepted } from '../certificate/acceptance.ts';
import { type ImportQuestion, importQuestions } from '../certificate/import-question.ts';
import type { Controls } from '../input/controls.ts';
import type { Overlay } from '../input/overlay.ts';
import type { Services } from '../services.ts';

/** What fetches certificates or installs them, and asks a person in between. */
export function certificateControls(
  services: Services,
  overlay: StoreApi<{ overlay: Overlay | null }>,
  own: () => Controls,
): Pick<Controls, 'verify' | 'askImport'> {
  const { stores, actions } = services;

  /** One question after the other; a no leaves out the rest. */
  function askEach([question, ...more]: readonly ImportQuestion[]): void {
    if (!question) return;
    const action = (): void =>
      own().act('Installing a CA certificate', async () => {
        const result = await actions.importCa([question.certificate.der]);
        if (result.ok) askEach(more);
        return result;
      });
    own().ask({ ...question, action });
  }

  return {
    verify(name) {
      own().act(`Fetching the certificate of ${name}`, async () => {
        const result = await actions.refreshConnector(name);
        services.flushNow();
        const row = stores.connectors.get(name);
        // FortiOS's own words.
        if (row?.state === 'connected') return { ok: true, message: 'EMS already verified.' };
        if (!row || whyNotAccepted(row, services.look.getState().keys.keyOf) !== undefined) return result;
        // Whoever has gone on to type something meanwhile is not interrupted.
        if (overlay.getState().overlay !== null)
          return { ok: true, message: `The certificate of ${name} waits to be accepted` };
        own().show('certificate', name);
        askAcceptance(own(), row);
        return null;
      });
    },
    askImport(file) {
      own().act(`Reading ${file}`, async () => {
        const offer = await actions.readCaFile(file);
        if (!offer.ok) return offer;
        const questions = importQuestions(file, offer.candidates, services.clock.now());
        if (typeof questions === 'string') return { ok: true, message: questions };
        askEach(questions);
        return null;
      });
    },
  };
}
