import type {
  Awaitable,
  Handler,
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  RequestContext,
  SessionHandle,
} from '../../../playground-server/transport/index.ts';

/** As a request of a session sees it; in the modern era there is none, whatever the type says. */
export type TestContext = RequestContext & { session: SessionHandle };
export type Method = (params: JsonObject, context: TestContext) => Awaitable<JsonObject>;

export interface TestHandler extends Handler {
  requests: JsonRpcRequest[];
  notifications: JsonRpcNotification[];
}

/** A handler with these methods besides `ping` and `echo`; it remembers what it was told. */
export function testHandler(methods: Record<string, Method> = {}): TestHandler {
  const all: Record<string, Method> = { ping: () => ({}), echo: (params) => params, ...methods };
  const requests: JsonRpcRequest[] = [];
  const notifications: JsonRpcNotification[] = [];
  return {
    requests,
    notifications,
    describe: () => ({ serverInfo: { name: 'contract', version: '1' }, capabilities: { tools: {} } }),
    request(request, context) {
      requests.push(request);
      const method = all[request.method];
      if (!method) throw new Error(`The test has no method ${request.method}`);
      return method(request.params ?? {}, context as TestContext);
    },
    notification: (notification) => void notifications.push(notification),
  };
}

/** A call that a test holds open: it has begun, and answers when the test says so. */
export interface HeldCall {
  context: TestContext;
  params: JsonObject;
  answer(result: JsonObject): void;
  fail(error: unknown): void;
}

/** A method whose calls stay open: `begun` gives them one by one, in the order in which they came. */
export function heldMethod(): { method: Method; begun(): Promise<HeldCall>; calls: HeldCall[] } {
  const calls: HeldCall[] = [];
  const takers: ((call: HeldCall) => void)[] = [];
  let taken = 0;
  return {
    calls,
    method: (params, context) =>
      new Promise((answer, fail) => {
        calls.push({ context, params, answer, fail });
        const taker = takers.shift();
        if (taker) taker(calls[taken++] as HeldCall);
      }),
    begun: () => {
      const call = calls[taken];
      if (!call) return new Promise((resolve) => takers.push(resolve));
      taken++;
      return Promise.resolve(call);
    },
  };
}
