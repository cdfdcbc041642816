/** Breaking things in a lab: loaded with the first fault. */

import type { EmitRequest, FaultAccepted } from '../../../playground-server/lab/api.ts';
import type { Fault } from '../../../playground-server/lab/faults.ts';
import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import { type LabHandle, refusal, send } from './api.ts';

/** Has one process emit a notification. @throws LabRefused, `TypeError` when it cannot be reached */
export async function emit(lab: LabHandle, process: ProcessName, notification: string): Promise<void> {
  const response = await send(lab, `/processes/${process}/emit`, 'POST', { notification } satisfies EmitRequest);
  if (!response.ok) throw await refusal(response);
}

/** Injects a fault. @throws LabRefused, `TypeError` when it cannot be reached */
export async function injectFault(lab: LabHandle, fault: Fault): Promise<FaultAccepted> {
  const response = await send(lab, '/faults', 'POST', fault);
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as FaultAccepted;
}
