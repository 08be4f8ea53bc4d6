/**
 * What the cache holds, in the form in which it lies on disk: texts, each once, and numbers. It only grows, and whatever is in it is named by its
 * position, so that loading it makes nothing that nobody asks for.
 */

/** As JSON. */
export interface Stored {
  texts: string[];
  /** By three: the number of the question, and the positions of the texts that it was asked about and that it got. */
  observations: number[];
  /** One record behind the other. */
  records: number[];
}

export class Table implements Stored {
  readonly texts: string[];
  readonly observations: number[];
  readonly records: number[];
  // Made when something is added.
  #positions: Map<string, number> | undefined;
  #numbers: Map<string, number> | undefined;
  /** What several records share, by its position and the other way round. */
  readonly #objects = new Map<number, object>();
  readonly #places = new Map<object, number>();

  constructor({ texts, observations, records }: Stored = { texts: [], observations: [], records: [] }) {
    this.texts = texts;
    this.observations = observations;
    this.records = records;
  }

  /** @returns its position */
  text(text: string): number {
    this.#positions ??= new Map(this.texts.map((known, position) => [known, position]));
    let position = this.#positions.get(text);
    if (position === undefined) {
      position = this.texts.push(text) - 1;
      this.#positions.set(text, position);
    }
    return position;
  }

  /** @returns its number */
  observation(question: number, subject: string, answer: string): number {
    this.#numbers ??= new Map(
      Array.from({ length: this.observations.length / 3 }, (_, number) => [
        this.observations.slice(3 * number, 3 * number + 3).join(' '),
        number,
      ]),
    );
    const positions = [question, this.text(subject), this.text(answer)];
    const key = positions.join(' ');
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.observations.push(...positions) / 3 - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** @returns its position */
  add(record: readonly number[]): number {
    const position = this.records.length;
    for (const number of record) this.records.push(number);
    return position;
  }

  /** Adds what several records share once. @returns its position */
  share(one: object, record: () => readonly number[]): number {
    const known = this.#places.get(one);
    if (known !== undefined) return known;
    const position = this.add(record());
    this.#places.set(one, position);
    this.#objects.set(position, one);
    return position;
  }

  /** The very same for each record that shares it. */
  shared<One extends object>(position: number, read: (reader: RecordReader) => One): One {
    const known = this.#objects.get(position) as One | undefined;
    if (known) return known;
    const one = read(new RecordReader(this, position));
    this.#objects.set(position, one);
    this.#places.set(one, position);
    return one;
  }
}

/** Reads the parts of a record in the order in which they were written. */
export class RecordReader {
  readonly table: Table;
  #at: number;

  constructor(table: Table, position: number) {
    this.table = table;
    this.#at = position;
  }

  number(): number {
    return this.table.records[this.#at++] as number;
  }

  text(): string {
    return this.table.texts[this.number()] as string;
  }

  list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.number(); left > 0; left--) items.push(read());
    return items;
  }

  texts(): string[] {
    return this.list(() => this.text());
  }
}

export class RecordWriter {
  readonly table: Table;
  readonly numbers: number[] = [];

  constructor(table: Table) {
    this.table = table;
  }

  number(number: number): void {
    this.numbers.push(number);
  }

  text(text: string): void {
    this.numbers.push(this.table.text(text));
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.numbers.push(items.length);
    for (const item of items) write(item);
  }

  texts(texts: readonly string[]): void {
    this.list(texts, (text) => this.text(text));
  }
}
