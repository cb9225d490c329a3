import { onTestFinished } from 'vitest';
import { EdirectoryServer, type EdirectoryUser } from './edirectory-server.ts';

/** An eDirectory with these users that ends with the test. */
export async function runningEdirectory(users: readonly EdirectoryUser[]): Promise<EdirectoryServer> {
  const server = await EdirectoryServer.start(users);
  onTestFinished(() => server.remove());
  return server;
}
