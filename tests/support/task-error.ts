/** An error of a task, by the name that a Retry or a Catch knows it by. */
export class TaskError extends Error {
  constructor(name: string, message = name) {
    super(message);
    this.name = name;
  }
}
