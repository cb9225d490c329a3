import type { ReactNode } from 'react';
import type { EmsAdminRow } from '../../state/changes.ts';
import type { Piece } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices, useVersion } from '../services.ts';
import { adminLines } from './admin-lines.ts';
import { deviceColumns } from './columns.ts';

const paneHeight = 9;

/** The FortiGates that EMS lists under Fabric Devices, and below them what that EMS tells its administrators. */
export function DevicesScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  useVersion(stores.admins);
  const now = useNow();
  return (
    <ListWithPane
      screen={screen}
      title="Fabric devices"
      columns={deviceColumns}
      view={views.devices}
      blank={blankDevices(configured, [...stores.admins.values()])}
      paneHeight={paneHeight}
      pane={({ connector }) => {
        const admin = stores.admins.get(connector);
        if (!admin) return null;
        return {
          title: `EMS of ${admin.id}, as its administrators see it`,
          lines: adminLines(admin, now, screen.columns),
        };
      }}
    />
  );
}

/** Why there is no device on the screen. */
function blankDevices({ admins }: Configured, rows: readonly EmsAdminRow[]): readonly Piece[] {
  if (admins === 0) {
    return [
      ['No administrator of an EMS is configured', 'title'],
      'Add "admin:" with a name and a password to an entry of "ems:" in the configuration file; then its Fabric devices are listed here.',
      ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
    ];
  }
  const failed = rows.filter((row) => row.problem !== null);
  if (failed.length > 0) {
    return failed.flatMap(({ id, problem }): Piece[] => [
      [`${id}: ${problem?.message ?? ''}`, 'bad'],
      ...(problem?.fix ?? []),
    ]);
  }
  if (rows.some((row) => row.lastSuccess !== null))
    return [['No FortiGate has called', 'title'], 'The EMS lists no Fabric device yet.'];
  return [['Loading', 'accent'], 'The EMS has not answered yet.'];
}
