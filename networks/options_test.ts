import { testOptions } from "../core/options_testing.ts";
import { densenet } from "./densenet/densenet.ts";
import { mobilenetV1 } from "./mobilenet/mobilenet_v1.ts";
import { mobilenetV2 } from "./mobilenet/mobilenet_v2.ts";
import { releasedShape } from "./resnet/released_shape.ts";
import { resnet } from "./resnet/resnet.ts";
import { parseShape } from "./resnet/parse_shape.ts";
import { shapeOf } from "./resnet/shape.ts";
import { vgg } from "./vgg/vgg.ts";

const shape = releasedShape("C010-ResNet20");

testOptions({
  "resnet()": {
    call: resnet,
    valid: {
      depth: 8,
      classes: 2,
      family: "cifar",
      block: "basic",
      size: 8,
      projectionNorm: false,
    },
  },
  "vgg()": {
    call: vgg,
    valid: { depth: 11, classes: 2, family: "cifar", size: 16, batchNorm: false },
  },
  "mobilenetV1()": {
    call: mobilenetV1,
    valid: { classes: 2, family: "cifar", size: 8, width: 0.5 },
  },
  "mobilenetV2()": {
    call: mobilenetV2,
    valid: { classes: 2, family: "cifar", size: 8, width: 0.5 },
  },
  "densenet()": {
    call: densenet,
    valid: { depth: 7, classes: 2, family: "cifar", size: 8, growth: 4, block: "basic" },
  },
  "shapeOf()": {
    call: (options) => shapeOf(shape.network, options),
    valid: { decisions: [], choices: {} },
  },
  "parseShape()": {
    call: (options) => parseShape(JSON.stringify(shape), options),
    valid: { network: shape.network },
  },
});
