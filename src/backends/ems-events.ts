import { STATUS_CODES } from 'node:http';
import type { ConnectorReport, ConnectorStatus } from '../ems/connector.ts';
import type { EmsFailure } from '../ems/diagnosis.ts';
import { emsProfile } from '../ems/profile.ts';
import { safeText } from '../safe-text.ts';
import type { EventLevel, NewEvent } from '../state/changes.ts';

/** FortiOS log ids (docs/protocol/ems.md, Log messages). */
const logIds = {
  notification: 45121,
  callFailed: 45122,
  socketFailed: 45123,
  callSucceeds: 45128,
  verified: 45129,
  verifyFailed: 45130,
  unverified: 45131,
} as const;
/** FortiOS names only the connector in these. */
const withoutSerial: ReadonlySet<number> = new Set([logIds.verified, logIds.verifyFailed, logIds.unverified]);

/** libcurl's texts for the numbers that FortiOS prints. */
const curlTexts: Record<number, string> = {
  0: 'No error',
  6: 'Could not resolve hostname',
  7: 'Could not connect to server',
  28: 'Timeout was reached',
  35: 'SSL connect error',
  45: 'Failed binding local connection end',
  56: 'Failure when receiving data from the peer',
  60: 'SSL peer certificate or SSH remote key was not OK',
};

type Fields = Readonly<Record<string, string | number>>;

/** Characters that FortiOS keeps of a field (docs/protocol/ems.md, Log messages). */
const longestField = { fctemsname: 36, url: 512 } as const;

/** Lines of the event log that a report of a connector stands for. `status` is the one before the report. */
export function emsEvents(
  report: ConnectorReport,
  status: ConnectorStatus | null,
  name: string,
  time: number,
): NewEvent[] {
  const ours = (level: EventLevel, text: string): NewEvent => ({
    time,
    level,
    source: name,
    logId: null,
    text: safeText(text),
  });
  const logged = (level: EventLevel, logId: number, text: string, more: Fields = {}): NewEvent => ({
    ...ours(level, text),
    logId,
    fields: {
      fctemsname: safeText(name.slice(0, longestField.fctemsname)),
      ...(withoutSerial.has(logId) || !status?.serialNumber
        ? {}
        : { fctemssn: safeText(status.serialNumber) }),
      ...more,
    },
  });
  switch (report.kind) {
    case 'verified':
      return [logged('info', logIds.verified, `EMS certificate was accepted: SHA-256 ${report.sha256}`)];
    case 'unverified':
      return [logged('notice', logIds.unverified, 'EMS certificate is no longer accepted')];
    case 'inventory':
      return [];
    case 'notification': {
      const text = `EMS notified of changes: ${report.tables.join(', ')}`;
      return [logged('notice', logIds.notification, text)];
    }
    case 'socket-closed': {
      const { path, code, reason } = report;
      const why = reason === '' ? '' : `: ${reason}`;
      const text = `Issue in WebSocket connection to ${path.slice(1)} code: ${code}${why}`;
      return [logged('warning', logIds.socketFailed, text, { url: urlField(path), wscode: code })];
    }
    case 'call-failed': {
      const { failure, path } = report;
      return [logged('warning', logIds.callFailed, callText(failure, path), callFields(failure, path))];
    }
    case 'call-recovered': {
      const path = report.path.slice(1);
      const text = `REST API call to ${path} succeeds again`;
      return [logged('info', logIds.callSucceeds, text, { url: urlField(report.path) })];
    }
    case 'failure':
      return failureEvents(report.failure, status, ours, logged);
    case 'status': {
      const { state, serialNumber } = report.status;
      if (state !== 'connected' || status?.state === 'connected') return [];
      return [ours('notice', `EMS ${serialNumber ?? ''} is connected`)];
    }
  }
}

function urlField(path: string): string {
  return safeText(path.slice(1, 1 + longestField.url));
}

function callFields({ httpStatus }: EmsFailure, path: string): Fields {
  return { url: urlField(path), httpcode: httpStatus };
}

function callText({ httpStatus, curlResult }: EmsFailure, path: string): string {
  const http = httpStatus === 0 ? '0' : `${httpStatus} (${STATUS_CODES[httpStatus] ?? 'Unknown'})`;
  const curl = `(${curlResult}) ${curlTexts[curlResult] ?? ''}`;
  return `Issue in reply of REST API call to ${path.slice(1)} HTTP Code: ${http} cURL result: ${curl}`;
}

function failureEvents(
  failure: EmsFailure,
  status: ConnectorStatus | null,
  ours: (level: EventLevel, text: string) => NewEvent,
  logged: (level: EventLevel, logId: number, text: string, more?: Fields) => NewEvent,
): NewEvent[] {
  const { code, message, cause, stage } = failure.problem;
  if (failure.fault === 'not-accepted') return [ours('notice', `${message}. It waits for a person.`)];
  if (code === null) {
    const text = `${message}. ${cause}`;
    return [stage === 'certificate' ? logged('warning', logIds.verifyFailed, text) : ours('warning', text)];
  }
  const lines: NewEvent[] = [];
  // FortiOS prints both numbers of each call; a verdict on the certificate ends it before the call.
  if (code !== -4) {
    // The call of the session that ended the try, else the first one.
    const failed = status?.session.calls.find((call) => call.problem?.message === failure.message);
    const { path } = failed ?? emsProfile.calls.serialNumber;
    lines.push(logged('warning', logIds.callFailed, callText(failure, path), callFields(failure, path)));
  }
  if (status?.pinned !== true || code === -4) {
    const text = `EMS certificate can't be verified: ${failure.stageText}. ${message}`;
    lines.push(logged('warning', logIds.verifyFailed, text));
  }
  return lines;
}
