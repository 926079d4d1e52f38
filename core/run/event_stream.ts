import {
  Observable,
  type Observer,
  type Operator,
  Subscriber,
  type Subscription,
  type TeardownLogic,
} from "rxjs";

/** What `subscribe` takes. */
type Given<E> = Partial<Observer<E>> | ((event: E) => void) | null;

/** An operator's own subscriber, of this copy of RxJS or another: it hands errors on. */
function isSubscriber(given: unknown): given is Subscriber<unknown> {
  return given instanceof Subscriber || ("add" in Object(given) && "closed" in Object(given));
}

/**
 * Events for subscribers who may fail: one that throws is unsubscribed, and what it threw is
 * reported; the others go on. The same holds behind `pipe`, also for what an operator throws where
 * the subscriber has no error handler. RxJS itself throws both in a timer, which ends the process.
 *
 * A stream that is built from this one by other means, as by `merge(events$, other$)`, is RxJS's own.
 */
export class EventStream<E> extends Observable<E> {
  readonly #report: (error: unknown) => void;

  /**
   * Make a stream.
   *
   * @param subscribe Gives the events to a subscriber.
   * @param report Takes what a subscriber threw, once for each.
   */
  constructor(
    subscribe: (subscriber: Subscriber<E>) => TeardownLogic,
    report: (error: unknown) => void,
  ) {
    super(subscribe);
    this.#report = report;
  }

  /** What `pipe` makes is such a stream too. */
  override lift<R>(operator: Operator<E, R>): Observable<R> {
    return new EventStream<R>((subscriber) => operator.call(subscriber, this), this.#report);
  }

  /** Subscribe, as to any observable. */
  override subscribe(
    given?: Given<E>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (isSubscriber(given)) return super.subscribe(given);
    const observer: Partial<Observer<E>> = typeof given === "object" && given !== null
      ? given
      : { ...(given && { next: given }), ...(error && { error }), ...(complete && { complete }) };
    const fail = (reason: unknown): void => {
      guarded.unsubscribe();
      this.#report(reason);
    };
    const attempt = (call: () => void): void => {
      try {
        call();
      } catch (reason) {
        fail(reason);
      }
    };
    const guarded = new Subscriber<E>({
      next: (event) => attempt(() => observer.next?.(event)),
      error: (reason: unknown) =>
        attempt(() => observer.error ? observer.error(reason) : fail(reason)),
      complete: () => attempt(() => observer.complete?.()),
    });
    return super.subscribe(guarded);
  }
}
