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

/** Lines of the event log that a report of a connector stands for. `status` is the one before the report. */
export function emsEvents(
  report: ConnectorReport,
  status: ConnectorStatus | null,
  name: string,
  time: number,
): NewEvent[] {
  const line = (level: EventLevel, logId: number | null, text: string): NewEvent => ({
    time,
    level,
    source: name,
    logId,
    text: safeText(text),
  });
  switch (report.kind) {
    case 'verified':
      return [line('info', logIds.verified, `EMS certificate was accepted: SHA-256 ${report.sha256}`)];
    case 'unverified':
      return [line('notice', logIds.unverified, 'EMS certificate is no longer accepted')];
    case 'inventory':
      return [];
    case 'notification':
      return [line('notice', logIds.notification, `EMS notified of changes: ${report.tables.join(', ')}`)];
    case 'socket-closed': {
      const { path, code, reason } = report;
      const why = reason === '' ? '' : `: ${reason}`;
      const text = `Issue in WebSocket connection to ${path.slice(1)} code: ${code}${why}`;
      return [line('warning', logIds.socketFailed, text)];
    }
    case 'call-failed':
      return [line('warning', logIds.callFailed, callText(report.failure, report.path))];
    case 'call-recovered': {
      const path = report.path.slice(1);
      return [line('info', logIds.callSucceeds, `REST API call to ${path} succeeds again`)];
    }
    case 'failure':
      return failureEvents(report.failure, status).map(([level, logId, text]) => line(level, logId, text));
    case 'status': {
      const { state, serialNumber } = report.status;
      if (state !== 'connected' || status?.state === 'connected') return [];
      return [line('notice', null, `EMS ${serialNumber ?? ''} is connected`)];
    }
  }
}

function callText({ httpStatus, curlResult }: EmsFailure, path: string): string {
  const http = httpStatus === 0 ? '0' : `${httpStatus} (${STATUS_CODES[httpStatus] ?? 'Unknown'})`;
  const curl = `(${curlResult}) ${curlTexts[curlResult] ?? ''}`;
  return `Issue in reply of REST API call to ${path.slice(1)} HTTP Code: ${http} cURL result: ${curl}`;
}

function failureEvents(
  failure: EmsFailure,
  status: ConnectorStatus | null,
): [EventLevel, number | null, string][] {
  const { code, message, cause } = failure.problem;
  if (failure.fault === 'not-accepted') return [['notice', null, `${message}. It waits for a person.`]];
  if (code === null) return [['warning', logIds.verifyFailed, `${message}. ${cause}`]];
  const lines: [EventLevel, number | null, string][] = [];
  const { stageText } = failure;
  // FortiOS prints both numbers of each call; a verdict on the certificate ends it before the call.
  if (code !== -4) {
    lines.push(['warning', logIds.callFailed, callText(failure, emsProfile.calls.serialNumber.path)]);
  }
  if (status?.pinned !== true || code === -4)
    lines.push([
      'warning',
      logIds.verifyFailed,
      `EMS certificate can't be verified: ${stageText}. ${message}`,
    ]);
  return lines;
}
