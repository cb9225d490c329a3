import { ConfigError } from '../config/error.ts';

/** A secret that is being resolved, with the key of the configuration that names it before each line of a problem. */
export async function namedSecret(key: string, secret: Promise<string>): Promise<string> {
  try {
    return await secret;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.lines.map((line) => `${key}: ${line}`));
  }
}
