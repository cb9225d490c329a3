import * as z from 'zod';
import { path, text } from './values.ts';

/** The key `collector-control`: running collectors that the dashboard attaches to, by their control sockets (docs/control.md). */
export const collectorControlSchema = z.array(
  z.strictObject({
    name: text(35),
    /** UNIX socket; of a collector on another machine, the near end of an SSH tunnel. */
    socket: path,
  }),
);
