// JSON Schema 2020-12 and the TypeScript type that belongs to it, from one expression. It checks no values: the host has
// checked the arguments against the schema before the tool runs, and checks the result after it.

/** A JSON Schema. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A schema, and the type `T` of what fits it. */
export interface Schema<T> {
  /** As the host gets it. */
  readonly json: JsonSchema;
  /** Only for the compiler: it is never there. */
  readonly "~type"?: T;
}

/** A field of an object that may be missing. */
export interface Optional<T> extends Schema<T> {
  readonly optional: true;
}

/** The type of what fits a schema: `type Order = Infer<typeof order>`. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

type Fields = { readonly [name: string]: Schema<unknown> };
type Missing<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] } & {};
/** What an object with these fields is. */
export type ObjectOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, Missing<F>>]: Infer<F[K]> } & { [K in Missing<F>]?: Infer<F[K]> }
>;

/** Words for people and language models; they belong to every schema. */
export interface Notes {
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

/** Of a text. */
export interface StringOptions extends Notes {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression. */
  readonly pattern?: string;
  /** `date`, `email`, `uri` and the like. */
  readonly format?: string;
}

/** Of a number. */
export interface NumberOptions extends Notes {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** Of a list. */
export interface ArrayOptions extends Notes {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

/** Of an object. */
export interface ObjectOptions extends Notes {
  /** Whether fields that are not named may come too; they may unless it says `false`. */
  readonly additionalProperties?: boolean;
}

/** The builder: `s.object({ name: s.string({ minLength: 1 }) })`. */
export const s = {
  /** A text. */
  string: (options: StringOptions = {}): Schema<string> => ({ json: { type: "string", ...options } }),
  /** A whole number. */
  integer: (options: NumberOptions = {}): Schema<number> => ({ json: { type: "integer", ...options } }),
  /** A number. */
  number: (options: NumberOptions = {}): Schema<number> => ({ json: { type: "number", ...options } }),
  /** True or false. */
  boolean: (options: Notes = {}): Schema<boolean> => ({ json: { type: "boolean", ...options } }),
  /** Nothing. */
  null: (options: Notes = {}): Schema<null> => ({ json: { type: "null", ...options } }),
  /** Anything. */
  any: (options: Notes = {}): Schema<unknown> => ({ json: { ...options } }),
  /** One of these texts. */
  enum: <const V extends readonly string[]>(values: V, options: Notes = {}): Schema<V[number]> => ({
    json: { type: "string", enum: values, ...options },
  }),
  /** Just this value. */
  literal: <const V extends string | number | boolean>(value: V, options: Notes = {}): Schema<V> => ({
    json: { const: value, ...options },
  }),
  /** A list. */
  array: <T>(items: Schema<T>, options: ArrayOptions = {}): Schema<T[]> => ({
    json: { type: "array", items: items.json, ...options },
  }),
  /** An object with these fields. */
  object: <const F extends Fields>(fields: F, options: ObjectOptions = {}): Schema<ObjectOf<F>> => {
    const entries = Object.entries(fields);
    const required = entries.filter(([, field]) => !("optional" in field)).map(([name]) => name);
    const properties = Object.fromEntries(entries.map(([name, field]) => [name, field.json]));
    return { json: { type: "object", properties, ...(required.length > 0 && { required }), ...options } };
  },
  /** An object with any names and one type of values. */
  record: <T>(values: Schema<T>, options: Notes = {}): Schema<Record<string, T>> => ({
    json: { type: "object", additionalProperties: values.json, ...options },
  }),
  /** A field that may be missing. */
  optional: <T>(schema: Schema<T>): Optional<T> => ({ ...schema, optional: true }),
  /** The value or `null`. */
  nullable: <T>(schema: Schema<T>): Schema<T | null> => ({ json: { anyOf: [schema.json, { type: "null" }] } }),
  /** One of several. */
  union: <const A extends readonly Schema<unknown>[]>(schemas: A, options: Notes = {}): Schema<Infer<A[number]>> => ({
    json: { anyOf: schemas.map((schema) => schema.json), ...options },
  }),
  /** The schema of another builder, or one written by hand: `s.raw<z.infer<typeof Order>>(z.toJSONSchema(Order))`. */
  raw: <T>(json: JsonSchema): Schema<T> => ({ json }),
};
