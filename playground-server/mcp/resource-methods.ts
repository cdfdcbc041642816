import { type RequestContext, RpcError } from '../transport/index.ts';
import { rpcCodes } from '../transport/json-rpc.ts';
import { isModernVersion } from '../transport/versions.ts';
import { list, type Methods, stringParam } from './methods.ts';
import { findResource, type Read, type Resource, type ResourceTemplate } from './resource.ts';
import { sessionOf } from './session.ts';

/** The code for an unknown resource until 2025-11-25 (Resources, Error Handling); 2026-07-28 says -32602. */
const resourceNotFound = -32002;

/** `resources/list`, `resources/templates/list`, `resources/read`, and what the handshake era subscribes with. */
export function resourceMethods(resources: readonly Resource[], templates: readonly ResourceTemplate[]): Methods {
  const find = (uri: string, context: RequestContext): Read => {
    const read = findResource(resources, templates, uri);
    if (!read) throw notFound(uri, context);
    return read;
  };
  const listed = resources.map(({ uri, name, title, description, mimeType }) => {
    return { uri, name, title, description, mimeType };
  });
  const listedTemplates = templates.map(({ uriTemplate, name, title, description, mimeType }) => {
    return { uriTemplate, name, title, description, mimeType };
  });
  return {
    'resources/list': list('resources', listed),
    'resources/templates/list': list('resourceTemplates', listedTemplates),
    async 'resources/read'(params, context) {
      const uri = stringParam(params, 'uri');
      const contents = await find(uri, context)(context);
      if (!contents) throw notFound(uri, context);
      return { contents: [contents] };
    },
    async 'resources/subscribe'(params, context) {
      const uri = stringParam(params, 'uri');
      find(uri, context);
      await sessionOf(context).subscribe(uri);
      return {};
    },
    async 'resources/unsubscribe'(params, context) {
      await sessionOf(context).unsubscribe(stringParam(params, 'uri'));
      return {};
    },
  };
}

function notFound(uri: string, { protocolVersion }: RequestContext): RpcError {
  const code = isModernVersion(protocolVersion) ? rpcCodes.invalidParams : resourceNotFound;
  return new RpcError(code, `Resource not found: ${uri}. See resources/list and resources/templates/list.`, { uri });
}
