// What is used of an ioredis client. Its own type would have everybody who imports this package install it: it is optional.

export interface RedisCommands {
  connect(): Promise<unknown>;
  disconnect(): void;
  info(): Promise<string>;
  time(): Promise<readonly (number | string)[]>;
  config(action: 'GET', parameter: string): Promise<unknown>;
  defineCommand(name: string, definition: { readonly lua: string }): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ready' | 'close', listener: () => void): unknown;
}
