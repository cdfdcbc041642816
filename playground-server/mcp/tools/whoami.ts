import * as z from 'zod';
import { maskSessionId } from '../../transport/trace.ts';
import { defineTool, type Tool, text } from '../tool.ts';

/** Which process answered: the one fact that a reader of "Session not found" lacks. */
export function whoami(process: string, pid: number): Tool {
  return defineTool({
    name: 'whoami',
    title: 'Who answers',
    description: 'Names the process that answers, its pid, and the session as it sees it.',
    input: z.object({}),
    readOnly: true,
    run: (_args, { session, protocolVersion }) => {
      const masked = maskSessionId(session.id);
      return text(`${process}, pid ${pid}, session ${masked}, handshake era ${protocolVersion}`, {
        process,
        pid,
        session: masked,
        era: 'handshake',
        protocolVersion,
      });
    },
  });
}
