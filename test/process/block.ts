/** The event loop of this process does nothing for so long, in milliseconds. */
export const block = (millis: number): void => {
  const until = performance.now() + millis
  while (performance.now() < until);
}
