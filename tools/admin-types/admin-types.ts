import { compile, type JSONSchema } from "json-schema-to-typescript";
import { createAdmin } from "../../src/admin/index.ts";

const methods = ["get", "post", "put", "patch", "delete"] as const;
const prefix = "#/components/schemas/";

interface Media {
  content?: Record<string, { schema?: JSONSchema }>;
}
interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: JSONSchema }[];
  requestBody?: Media & { required?: boolean };
  responses: Record<string, Media>;
}
interface Document {
  paths: Record<string, Partial<Record<(typeof methods)[number], Operation>>>;
  components?: { schemas?: Record<string, JSONSchema> };
}

/** The types of the admin API for its client in `console/`, in the form that openapi-fetch takes: `paths[path][method]`. */
export async function makeAdminTypes(): Promise<string> {
  const { paths, components } = await readDocument();
  const schema = object(
    Object.entries(paths).map(([path, operations]) => [
      path,
      object(
        methods.flatMap((method) => {
          const operation = operations[method];
          return operation ? [[method, describeOperation(operation)] as const] : [];
        }),
      ),
    ]),
  );
  const definitions = Object.fromEntries(
    Object.entries(components?.schemas ?? {}).map(([name, own]) => [name, { ...own, title: name }]),
  );
  const root = { ...schema, title: "paths", definitions } as JSONSchema;
  const pointed = JSON.parse(JSON.stringify(root).replaceAll(`"${prefix}`, '"#/definitions/')) as JSONSchema;
  const types = await compile(pointed, "paths", {
    additionalProperties: false,
    // A list with a bound is a list, and not a tuple of each length.
    maxItems: -1,
    bannerComment: "// Made by `npm run docs` of the admin API's OpenAPI document. Do not edit.",
    style: { printWidth: 120 },
  });
  // openapi-fetch knows statuses as numbers.
  return types
    .replace("export interface Paths {", "export interface paths {")
    .replaceAll(/^( +)"(\d{3})": \{$/gm, "$1$2: {");
}

/** Stands for all that routes are given: they use it when they are called, and none is called here. */
const unused: object = new Proxy(() => unused, { get: (_, name) => (name === "version" ? "" : unused) });

async function readDocument(): Promise<Document> {
  const admin = createAdmin(unused as Parameters<typeof createAdmin>[0]);
  const answer = await admin(new Request("http://localhost/admin/v1/openapi.json"), "");
  return (await answer.json()) as Document;
}

function describeOperation({ summary, parameters = [], requestBody, responses }: Operation): JSONSchema {
  const places = ["query", "path", "header"].flatMap((place) => {
    const own = parameters.filter((it) => it.in === place);
    const inner = object(
      own.map(({ name, schema }) => [name, schema ?? {}] as const),
      own.filter(({ required }) => required).map(({ name }) => name),
    );
    return own.length > 0 ? [{ place, inner, isRequired: own.some(({ required }) => required) }] : [];
  });
  const answers = Object.entries(responses).map(([status, media]) => [status, describeMedia(media)] as const);
  return {
    ...object(
      [
        [
          "parameters",
          object(
            places.map(({ place, inner }) => [place, inner]),
            places.filter(({ isRequired }) => isRequired).map(({ place }) => place),
          ),
        ],
        ...(requestBody ? [["requestBody", describeMedia(requestBody)] as const] : []),
        ["responses", object(answers)],
      ],
      ["parameters", "responses", ...(requestBody?.required ? ["requestBody"] : [])],
    ),
    ...(summary !== undefined && { description: summary }),
  };
}

function describeMedia({ content = {} }: Media): JSONSchema {
  return object([["content", object(Object.entries(content).map(([type, { schema }]) => [type, schema ?? {}]))]]);
}

function object(
  fields: readonly (readonly [string, JSONSchema])[],
  required = fields.map(([name]) => name),
): JSONSchema {
  return { type: "object", properties: Object.fromEntries(fields), required, additionalProperties: false };
}
