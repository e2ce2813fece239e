import {
  OperationNodeTransformer,
  RawNode,
  type DataTypeNode,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
} from "kysely";

/**
 * Makes columns of text compare by their bytes, as in SQLite. By a database's own rules ids need not be in the order of time, and indexes would
 * break when the system's rules change.
 */
export class BytewiseText implements KyselyPlugin {
  readonly #transformer = new TextTransformer();

  transformQuery({ node }: PluginTransformQueryArgs) {
    return this.#transformer.transformNode(node);
  }

  transformResult({ result }: PluginTransformResultArgs) {
    return Promise.resolve(result);
  }
}

class TextTransformer extends OperationNodeTransformer {
  protected override transformDataType(node: DataTypeNode): DataTypeNode {
    // A raw node may be in a type's place.
    return node.dataType === "text" ? (RawNode.createWithSql('text collate "C"') as never) : node;
  }
}
