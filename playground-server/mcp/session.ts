import { type RequestContext, RpcError, type SessionHandle } from '../transport/index.ts';
import { rpcCodes } from '../transport/json-rpc.ts';
import { isModernVersion } from '../transport/versions.ts';

/** Why a request belongs to no session. */
export function whyNoSession({ protocolVersion }: RequestContext): string {
  if (isModernVersion(protocolVersion))
    return `${protocolVersion} has no sessions: nothing is kept between two requests`;
  return 'this server is stateless: it keeps nothing between two requests';
}

/** @throws RpcError where there is none */
export function sessionOf(context: RequestContext): SessionHandle {
  if (context.session) return context.session;
  throw new RpcError(rpcCodes.invalidRequest, `No session: ${whyNoSession(context)}.`);
}
