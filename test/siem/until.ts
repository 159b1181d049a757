// Waits for what another program does.

/** @param told what the other program said, for the error that ends the wait after two minutes */
export async function until(done: () => boolean, told: () => string): Promise<void> {
  for (let attempt = 0; !done(); attempt++) {
    if (attempt > 1_200) throw new Error(`It did not come to that in two minutes. It said: ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
