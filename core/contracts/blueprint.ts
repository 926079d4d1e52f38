/**
 * A blueprint describes a network as plain JSON: a topologically ordered list of nodes, and stages
 * that may be cut short. Nodes store output channels only; input channels are inferred.
 *
 * @module
 */

/** Name of a node, as in `stage1/block0/conv_a`. */
export type NodeId = string;

/** Name of a stage, as in `stage1`. */
export type StageId = string;

/** Height and width. */
export type Size = readonly [height: number, width: number];

/** Rows and columns added around an image. */
export type Padding = readonly [top: number, bottom: number, left: number, right: number];

/** Activation functions without parameters, as TensorFlow.js computes them. */
export type ActivationName =
  | "relu"
  | "relu6"
  | "elu"
  | "selu"
  | "sigmoid"
  /** 0.2x + 0.5, between 0 and 1. */
  | "hard-sigmoid"
  | "softplus"
  | "softsign"
  | "tanh"
  /** x · sigmoid(x), also called SiLU. */
  | "swish"
  | "mish"
  /** By the error function. */
  | "gelu"
  /** Approximated by tanh. */
  | "gelu-tanh"
  /** Over the channels: none of them can be removed. */
  | "softmax"
  /** As `softmax`. */
  | "log-softmax";

/** Activation functions. */
export type Activation =
  | ActivationName
  /** x from the threshold on, not above `max`; slope · (x − threshold) below. */
  | {
    readonly name: "relu";
    readonly max?: number;
    readonly slope?: number;
    readonly threshold?: number;
  };

/** A batch norm. */
export interface NormSpec {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Weight of the old value in an update of the moving averages. */
  readonly momentum: number;
  /**
   * Whether it multiplies by a learned gamma.
   *
   * @default {true}
   */
  readonly scale?: boolean;
  /**
   * Whether it adds a learned beta.
   *
   * @default {true}
   */
  readonly center?: boolean;
}

/**
 * Where the channels of a derived node came from, so that weights can be inherited without any
 * graph logic: output channel `j` of the node was channel `outputs[j]` of `node` in the unpruned
 * blueprint, and likewise for input channels. Channels that a wider node has more than the unpruned
 * one are numbered behind all of the unpruned value's. `node` is null for a projection that pruning
 * inserted: its inherited kernel is 1 where `inputs[i] === outputs[j]`, else 0.
 */
export interface Origin {
  /** The node of the unpruned blueprint, or null. */
  readonly node: NodeId | null;
  /** Channel of the unpruned input, for each input channel. */
  readonly inputs: readonly number[];
  /** Channel of the unpruned output, for each output channel. */
  readonly outputs: readonly number[];
}

/** Where a node stands in its author's model; layers keep their names in what is exported. */
export interface LayerSource {
  /** Name of the layer, unlike all others of the model. */
  readonly layer: string;
  /** The same behind the models that it is nested in, as in `base/conv1`. Absent: it is in none. */
  readonly path?: string;
  /** Name of the layer of its norm. */
  readonly norm?: string;
  /** Name of the layer of its activation. Absent: the layer itself activates. */
  readonly activation?: string;
}

/** What every node has. */
export interface NodeBase {
  /** Unique name. */
  readonly id: NodeId;
  /** Nodes that feed it, all earlier in the list. */
  readonly inputs: readonly NodeId[];
  /** Set by `derive`. */
  readonly origin?: Origin;
  /** Set by an import. */
  readonly source?: LayerSource;
  /** An earlier node of the same kind, whose weights it uses: a second call of one layer. */
  readonly sharesWeightsOf?: NodeId;
}

/** The images that enter the network, or vectors, or sequences as images of one row. */
export interface InputNode extends NodeBase {
  /** Discriminant. */
  readonly op: "input";
  /** Height, width, channels. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * Axes of an example in the exported model: 1 for a vector, 2 for a sequence, 3 for an image.
   *
   * @default {3}
   */
  readonly rank?: 1 | 2 | 3;
}

/** What convolutions share. */
export interface ConvBase extends NodeBase {
  /** Height and width of the kernel. */
  readonly kernel: Size;
  /** Step between outputs. */
  readonly strides: Size;
  /** Zeros around the input. */
  readonly padding: Padding;
  /** Step between kernel taps. */
  readonly dilation: Size;
  /** Whether a bias is added. */
  readonly bias: boolean;
  /** Batch norm after the convolution. */
  readonly norm?: NormSpec;
  /** Activation after the norm. */
  readonly activation?: Activation;
}

/** A convolution with its norm and activation. */
export interface ConvNode extends ConvBase {
  /** Discriminant. */
  readonly op: "conv";
  /** Output channels. */
  readonly channels: number;
  /** Norm of each width candidate while this convolution is searched. Default: `norm`. */
  readonly searchNorm?: NormSpec;
}

/** A depthwise convolution: each channel has filters of its own. */
export interface DepthwiseConvNode extends ConvBase {
  /** Discriminant. */
  readonly op: "depthwise-conv";
  /**
   * Filters a channel: channel c becomes the channels c · multiplier and those behind it.
   *
   * @default {1}
   */
  readonly multiplier?: number;
}

/** A transposed convolution with its norm and activation. */
export interface TransposedConvNode extends NodeBase {
  /** Discriminant. */
  readonly op: "transposed-conv";
  /** Output channels. */
  readonly channels: number;
  /** Height and width of the kernel. */
  readonly kernel: Size;
  /** How far the places of two inputs are apart in the output. */
  readonly strides: Size;
  /** Whether the output is `strides` times as large as the input, or holds all that the kernel reaches. */
  readonly padding: "same" | "valid";
  /** Whether a bias is added. */
  readonly bias: boolean;
  /** Batch norm after the convolution. */
  readonly norm?: NormSpec;
  /** Activation after the norm. */
  readonly activation?: Activation;
}

/** A batch norm that stands alone, as in pre-activation networks. */
export interface NormNode extends NodeBase {
  /** Discriminant. */
  readonly op: "norm";
  /** Its constants. */
  readonly norm: NormSpec;
  /** Activation after the norm. */
  readonly activation?: Activation;
}

/** An activation that stands alone. */
export interface ActivationNode extends NodeBase {
  /** Discriminant. */
  readonly op: "activation";
  /** The function. */
  readonly activation: Activation;
}

/**
 * A residual sum of two nodes. The first input is the main branch: it decides the width of the
 * derived sum. Where the other kept different channels, `derive` inserts a 1×1 projection before it, if
 * the sum says how.
 */
export interface AddNode extends NodeBase {
  /** Discriminant. */
  readonly op: "add";
  /** How `derive` builds a projection. Absent: it builds none, and both sides keep the same channels. */
  readonly projection?: {
    /** Whether a batch norm follows it. */
    readonly norm: boolean;
  };
  /** Activation after the sum. */
  readonly activation?: Activation;
}

/**
 * An element-wise function of values of equal channels: no side may keep other channels than the rest.
 * Where a value has one row, column or channel, it stands for all of them.
 */
export interface MergeNode extends NodeBase {
  /** Discriminant. */
  readonly op: "merge";
  /** The function. */
  readonly by: "multiply" | "average" | "maximum" | "minimum";
}

/** Concatenation along the channels. */
export interface ConcatNode extends NodeBase {
  /** Discriminant. */
  readonly op: "concat";
}

/** Pooling over windows. Padding counts neither in a maximum nor in an average. */
export interface PoolNode extends NodeBase {
  /** Discriminant. */
  readonly op: "pool";
  /** How a window is reduced. */
  readonly pool: "max" | "average";
  /** Height and width of a window. */
  readonly size: Size;
  /** Step between windows. */
  readonly strides: Size;
  /** Rows and columns around the input. */
  readonly padding: Padding;
}

/** Mean or maximum over all positions: [batch, height, width, channels] → [batch, channels]. */
export interface GlobalPoolNode extends NodeBase {
  /** Discriminant. */
  readonly op: "global-pool";
  /**
   * What is taken of all positions.
   *
   * @default {"average"}
   */
  readonly pool?: "max" | "average";
}

/** Zeros around an image. */
export interface PadNode extends NodeBase {
  /** Discriminant. */
  readonly op: "pad";
  /** Rows and columns that are added. */
  readonly padding: Padding;
}

/** The inner part of an image. */
export interface CropNode extends NodeBase {
  /** Discriminant. */
  readonly op: "crop";
  /** Rows and columns that are taken away. */
  readonly padding: Padding;
}

/** An image of several times as many rows and columns. */
export interface UpsampleNode extends NodeBase {
  /** Discriminant. */
  readonly op: "upsample";
  /** How many there are for each row and column. */
  readonly size: Size;
  /**
   * What they are: that row or column again, or means of the two that are next to their place, which is
   * that of their centre, as Keras has it, or of their corner, as TensorFlow.js has it.
   *
   * @default {"nearest"}
   */
  readonly interpolation?: "nearest" | "bilinear" | "bilinear-corner";
}

/**
 * The same numbers in another shape, row by row, channel last. Where the channels stay as many, each is
 * what it was; else what is read and what is made keep all of theirs.
 */
export interface ReshapeNode extends NodeBase {
  /** Discriminant. */
  readonly op: "reshape";
  /** Height, width, channels; length, channels of a sequence; or the features of a vector. */
  readonly shape:
    | readonly [height: number, width: number, channels: number]
    | readonly [length: number, channels: number]
    | readonly [features: number];
}

/** x · scale + offset. With numbers of its own for each channel, all of them stay. */
export interface RescaleNode extends NodeBase {
  /** Discriminant. */
  readonly op: "rescale";
  /** The factor, or one a channel. */
  readonly scale: number | readonly number[];
  /** What is added, or one number a channel. */
  readonly offset: number | readonly number[];
}

/** [batch, height, width, channels] → [batch, height · width · channels]; a vector stays. */
export interface FlattenNode extends NodeBase {
  /** Discriminant. */
  readonly op: "flatten";
}

/** x above 0, x · a learned slope below. */
export interface PreluNode extends NodeBase {
  /** Discriminant. */
  readonly op: "prelu";
  /** Rows and columns that have slopes of their own, 1 for one slope of all; none for a vector. */
  readonly positions: Size | readonly [];
}

/** A fully connected layer; of an image at each of its positions. */
export interface DenseNode extends NodeBase {
  /** Discriminant. */
  readonly op: "dense";
  /** Output features. */
  readonly channels: number;
  /** Whether a bias is added. */
  readonly bias: boolean;
  /** Activation. */
  readonly activation?: Activation;
}

/** Dropout while training. */
export interface DropoutNode extends NodeBase {
  /** Discriminant. */
  readonly op: "dropout";
  /** Probability of dropping an entry. */
  readonly rate: number;
}

/**
 * A layer that only TensorFlow.js knows: it is run as it is. What it reads and what it makes keep all of
 * their channels.
 */
export interface OpaqueNode extends NodeBase {
  /** Discriminant. */
  readonly op: "opaque";
  /** Class of the layer, as TensorFlow.js registers it. */
  readonly className: string;
  /** Its settings, as a model file has them. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes of an example of each input, as the layer sees it. */
  readonly reads: readonly (readonly number[])[];
  /** Shape of an example of its value. */
  readonly shape: readonly number[];
  /** Shapes of its weights, which are named by their number: `lstm/0`. */
  readonly weights: readonly (readonly number[])[];
  /** The weights that are trained, by their number; the others stay. */
  readonly trained: readonly number[];
}

/** A node of a blueprint. */
export type BlueprintNode =
  | InputNode
  | ConvNode
  | DepthwiseConvNode
  | TransposedConvNode
  | NormNode
  | ActivationNode
  | AddNode
  | MergeNode
  | ConcatNode
  | PoolNode
  | GlobalPoolNode
  | PadNode
  | CropNode
  | UpsampleNode
  | ReshapeNode
  | RescaleNode
  | FlattenNode
  | DenseNode
  | DropoutNode
  | PreluNode
  | OpaqueNode;

/** A node whose output channels are its own, so that their number can be decided. */
export type MakerNode = ConvNode | TransposedConvNode | DenseNode;

/** A block: the unit by which a stage is cut. */
export interface Block {
  /** Unique name, as in `stage1/block0`. */
  readonly id: string;
  /** Its nodes, in order. */
  readonly nodes: readonly NodeId[];
  /** The node whose value is the block's output. */
  readonly output: NodeId;
}

/** Consecutive blocks, whose last ones may be cut: readers of the stage then read an earlier block. */
export interface Stage {
  /** Unique name. */
  readonly id: StageId;
  /** The blocks, in order. */
  readonly blocks: readonly Block[];
}

/** A value that a network gives. */
export interface OutputSpec {
  /** The node that makes it. */
  readonly node: NodeId;
  /** Applied to it in the exported model alone, as a softmax to logits. */
  readonly activation?: Activation;
  /** Name of the layer that gives it, behind the layers of the node. Absent: they give it. */
  readonly layer?: string;
}

/** A network as plain JSON. */
export interface Blueprint {
  /** Name of the network, as in `resnet20`. */
  readonly name: string;
  /** Nodes, every one after its inputs; the first is an input. */
  readonly nodes: readonly BlueprintNode[];
  /** Stages, in order; may be empty. */
  readonly stages: readonly Stage[];
  /** The node whose value is the logits. */
  readonly output: NodeId;
  /**
   * All that the exported model gives, in its order; the first is of the node `output`.
   *
   * @default {[{ node: output }]}
   */
  readonly outputs?: readonly OutputSpec[];
  /** What an author stored beside the model (`userDefinedMetadata`). */
  readonly metadata?: Readonly<Record<string, unknown>>;
}
