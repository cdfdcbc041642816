import * as z from 'zod';
import { maskSessionId } from '../../transport/trace.ts';
import { isModernVersion } from '../../transport/versions.ts';
import { text } from '../content.ts';
import { defineTool, type Tool } from '../tool.ts';

/** Which process answered: the one fact that a reader of "Session not found" lacks. */
export function whoami(process: string, pid: number): Tool {
  return defineTool({
    name: 'whoami',
    title: 'Who answers',
    description: 'Names the process that answers, its pid, and the session as it sees it.',
    input: z.object({}),
    readOnly: true,
    run: (_args, { session, protocolVersion }) => {
      const masked = session && maskSessionId(session.id);
      const era = isModernVersion(protocolVersion) ? 'modern' : 'handshake';
      const inSession = masked ? `session ${masked}` : 'no session';
      return text(`${process}, pid ${pid}, ${inSession}, ${era} era ${protocolVersion}`, {
        process,
        pid,
        session: masked,
        era,
        protocolVersion,
      });
    },
  });
}
