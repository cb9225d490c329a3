import type { ScreenView } from '../state/ui.ts';

/** What the app gives every screen: where it stands, and the cells that it fills exactly. */
export interface ScreenProps {
  readonly place: ScreenView;
  readonly columns: number;
  readonly rows: number;
}
