import { Observable, Subscription } from 'rxjs';

/** Subscribes once for each member of a list that changes, from its first appearance until it is not listed any more. */
export function forEachMember<T, R>(
  lists$: Observable<readonly T[]>,
  keyOf: (member: T) => string,
  live: (member: T) => Observable<R>,
): Observable<R> {
  return new Observable((subscriber) => {
    const lives = new Map<string, Subscription>();
    const follow = (list: readonly T[]) => {
      const keys = new Set(list.map(keyOf));
      for (const [key, life] of lives) {
        if (keys.has(key)) continue;
        life.unsubscribe();
        lives.delete(key);
      }
      for (const member of list) {
        const key = keyOf(member);
        if (lives.has(key)) continue;
        const life = new Subscription();
        lives.set(key, life);
        life.add(
          live(member).subscribe({
            next: (value) => subscriber.next(value),
            error: (error) => subscriber.error(error),
          }),
        );
      }
    };
    subscriber.add(lists$.subscribe({ next: follow, error: (error) => subscriber.error(error) }));
    subscriber.add(() => {
      for (const life of lives.values()) life.unsubscribe();
    });
  });
}
