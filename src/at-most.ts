/**
 * Does something with each item, never more than `most` at once: what is read or written for ten thousand units must not open
 * ten thousand connections.
 * @returns what `act` answered, in the order of the items.
 */
export async function atMost<Item, Answer>(
  most: number,
  items: readonly Item[],
  act: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) answers[index] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return answers;
}

/** Requests to the bucket at once: as many as the S3 client keeps connections. */
export const bucketRequests = 50;
