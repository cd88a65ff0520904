/**
 * The stock's own record, and whom it obeys: nobody with a token smaller than the largest it has seen. @pure
 *
 * Reading shows the token too. Otherwise a shop that was paused before it wrote could still write between the reading
 * and the writing of the shop that holds the lock now, and what it wrote would be overwritten: a sale lost.
 */
export interface Stock {
  readonly left: number;
  /** What each shop has sold. */
  readonly sold: Readonly<Record<string, number>>;
  /** The largest token seen. */
  readonly token: string;
}

export type Request =
  | { readonly kind: 'read'; readonly token: string }
  | { readonly kind: 'write'; readonly token: string; readonly left: number; readonly sold: Stock['sold'] };

export interface Answer {
  readonly accepted: boolean;
  readonly stock: Stock;
}

export const openingStock = (left: number): Stock => ({ left, sold: {}, token: '0' });

export function answer(stock: Stock, request: Request): Answer {
  if (BigInt(request.token) < BigInt(stock.token)) return { accepted: false, stock };
  const { left, sold } = request.kind === 'write' ? request : stock;
  return { accepted: true, stock: { left, sold, token: request.token } };
}

/** What the record says after a sale; `undefined` if there is nothing to sell. */
export function sale({ left, sold }: Stock, shop: string): Pick<Stock, 'left' | 'sold'> | undefined {
  return left > 0 ? { left: left - 1, sold: { ...sold, [shop]: (sold[shop] ?? 0) + 1 } } : undefined;
}
