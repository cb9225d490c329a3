import type { Envelope } from '../../../fsso/wsman/envelope.ts';
import { actions, namespaces, wmiResource } from '../../../fsso/wsman/profile.ts';
import { textAt } from '../../../fsso/wsman/xml.ts';
import { ServiceFault } from './service-fault.ts';

/** What has to be in every request, in its own namespace: a client that errs there would be refused by Windows as well. */
export function checkRequest({ header, body, action }: Envelope): void {
  const needed = [
    ['Action', namespaces.addressing],
    ['MessageID', namespaces.addressing],
    ['To', namespaces.addressing],
    ['ResourceURI', namespaces.wsman],
  ] as const;
  for (const [name, namespace] of needed)
    if (header?.children.find((each) => each.name === name)?.namespace !== namespace)
      throw new ServiceFault('a', 'MessageInformationHeaderRequired', `${name} is missing.`);
  const resource = textAt(header, 'ResourceURI');
  if (!resource.toLowerCase().startsWith(wmiResource))
    throw new ServiceFault('a', 'DestinationUnreachable', 'There is no such resource.');
  if (body !== null && !action.startsWith(`${body.namespace}/`))
    throw new ServiceFault('w', 'SchemaValidationError', 'The body is in another namespace than the action.');
  const isInstance = action === actions.get;
  if (isInstance !== (header?.children.some(({ name }) => name === 'SelectorSet') ?? false))
    throw new ServiceFault(
      'w',
      'InvalidSelectors',
      'An instance is named by its selectors, and nothing else is.',
    );
}

/** The class that a request is about; `*` for any. */
export const classIn = ({ header }: Envelope) => textAt(header, 'ResourceURI').slice(wmiResource.length);
