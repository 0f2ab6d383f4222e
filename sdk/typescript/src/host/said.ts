// What the host throws: the contract's own value, around which a component's engine puts an `Error`.

/** The value, or whatever else was thrown. */
export function said<T>(error: unknown): T {
  const thrown = error as { payload?: T } | undefined;
  return (thrown?.payload ?? error) as T;
}
