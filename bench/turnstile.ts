/** Lets a worker that reports its rounds do one at a time. */
export class Turnstile {
  #arrived = Promise.withResolvers<void>();
  #pass = Promise.withResolvers<void>();

  /** The worker is here; settles when it may go on. */
  arrive(): Promise<void> {
    this.#arrived.resolve();
    return this.#pass.promise;
  }

  /** Let the worker go on; settles when it is here again. */
  letOne(): Promise<void> {
    const pass = this.#pass;
    this.#arrived = Promise.withResolvers();
    this.#pass = Promise.withResolvers();
    pass.resolve();
    return this.#arrived.promise;
  }

  /** Let the worker fail where it stands. */
  close(reason: Error): void {
    this.#pass.promise.catch(() => {});
    this.#pass.reject(reason);
  }
}
