import { keptChannels } from "@espalier/blueprint";
import {
  type Blueprint,
  type ByOutput,
  type DataForm,
  type KeptChannels,
  type Moment,
  type Network,
  type Outputs,
  type Random,
  type TaughtOutput,
  type TrainedNetwork,
  type Transfer,
  type TransferInput,
  valueAt,
  type Weights,
} from "@espalier/core";
import { compile } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import { answersOf } from "./answers.ts";
import { labelParts, ofOutput } from "./data/label_form.ts";
import type { Term } from "./terms.ts";

/** A transfer that has a loss, and what is its own. */
interface Lesson {
  readonly transfer: Transfer & Required<Pick<Transfer, "loss">>;
  readonly taps: readonly string[];
  readonly parameters: Readonly<Record<string, tf.Variable>>;
}

function variablesOf(weights: Weights): Readonly<Record<string, tf.Variable>> {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(weights).map(([name, { shape, values }]) =>
        [name, tf.variable(tf.tensor(values, [...shape]))] as const
      ),
    )
  );
}

/** What all transfers see in a step. */
export interface StepOfTransfers extends Moment {
  /** Normalised images. */
  readonly images: tf.Tensor4D;
  /** Labels as the objective's loss takes them. */
  readonly labels: ByOutput<tf.Tensor>;
  /** Factors of the losses of several outputs. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** Step of the training, from 0. */
  readonly step: number;
}

/** What a training with transfers is made of. */
export interface TeachingOptions {
  /** The network in training. */
  readonly blueprint: Blueprint;
  /** What its data are like. */
  readonly data: DataForm;
  /** The trained unpruned network. */
  readonly teacher: TrainedNetwork;
  /** All transfers. */
  readonly transfers: readonly Transfer[];
  /** Source of first values and noise. */
  readonly random: Random;
}

/** The teacher's network, and the transfers that use it. */
export class Teaching implements Disposable {
  /** Values that the losses need, of both networks. */
  readonly taps: readonly string[];
  /** Trainable parameters of the transfers, by name. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #lessons: readonly Lesson[];
  readonly #options: TeachingOptions;
  readonly #kept: KeptChannels;
  readonly #teacher: Network | undefined;

  /** @param options The networks and transfers. */
  constructor(options: TeachingOptions) {
    const { blueprint, teacher, transfers, random } = options;
    this.#options = options;
    const taught = transfers.filter((one): one is Lesson["transfer"] => one.loss !== undefined);
    this.#kept = taught.length > 0 ? keptChannels(blueprint, teacher.blueprint) : new Map();
    const taps = taught.map((transfer) => transfer.taps?.(teacher.blueprint) ?? []);
    const first = taught.map((transfer) => this.#firstOf(transfer));
    // Last of what may throw, as they hold variables.
    this.#lessons = taught.map((transfer, i) => ({
      transfer,
      taps: taps[i]!,
      parameters: variablesOf(first[i]!),
    }));
    this.taps = [...new Set(this.#lessons.flatMap(({ taps }) => taps))];
    this.parameters = new Map(
      this.#lessons.flatMap(({ transfer: { name }, parameters }, i) =>
        Object.entries(parameters).map(([key, variable]) =>
          [`${name}:${key}:${i}`, variable] as const
        )
      ),
    );
    if (taught.length === 0) return;
    try {
      this.#teacher = compile(teacher.blueprint, { random, weights: teacher.weights });
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #firstOf(transfer: Transfer): Weights {
    const { blueprint, teacher, random } = this.#options;
    return transfer.parameters?.({
      student: blueprint,
      teacher: teacher.blueprint,
      kept: this.#kept,
      random: random.stream(`transfer/${transfer.name}/parameters`),
    }) ?? {};
  }

  /** Factor of the objective's loss: Π taskWeight. */
  taskWeight(at: Moment): number {
    return this.#options.transfers.reduce(
      (product, { taskWeight = 1 }) => product * valueAt(taskWeight, at),
      1,
    );
  }

  /** Outputs of the teacher; undefined if no transfer has a loss. */
  teach(images: tf.Tensor4D | readonly tf.Tensor4D[]): Outputs | undefined {
    return this.#teacher?.forward(images, { training: false, taps: this.taps });
  }

  /** The terms of the transfers, each of which sees its own taps only. */
  terms(
    { labels, weights, ...step }: StepOfTransfers,
    student: Outputs,
    teacher: Outputs,
  ): Term[] {
    const outputs = this.#taught({ student, teacher }, { labels, weights });
    return this.#lessons.map(({ transfer, taps, parameters }) => {
      const own = ({ features, ...outputs }: Outputs): Outputs => ({
        ...outputs,
        features: new Map(taps.map((tap) => [tap, features.get(tap)!])),
      });
      const input: TransferInput = {
        ...step,
        student: own(student),
        teacher: own(teacher),
        kept: this.#kept,
        outputs,
        parameters,
        random: this.#options.random.stream(`transfer/${transfer.name}`, step.step),
      };
      return { service: transfer, value: () => transfer.loss(input) };
    });
  }

  /** The outputs of both networks with their labels, one by one. */
  #taught(
    networks: { readonly student: Outputs; readonly teacher: Outputs },
    { labels, weights = {} }: Pick<StepOfTransfers, "labels" | "weights">,
  ): readonly TaughtOutput[] {
    const { blueprint, teacher, data } = this.#options;
    const ofStudent = answersOf(networks.student, { blueprint, data });
    const ofTeacher = answersOf(networks.teacher, { blueprint: teacher.blueprint, data });
    return labelParts(data).map((part) => ({
      student: ofOutput(ofStudent, part),
      teacher: ofOutput(ofTeacher, part),
      labels: ofOutput(labels, part),
      kind: part.data.labels.kind,
      weight: part.name === undefined ? 1 : weights[part.name] ?? 1,
    }));
  }

  /** Free the teacher and the transfers' parameters. */
  [Symbol.dispose](): void {
    this.#teacher?.[Symbol.dispose]();
    tf.dispose([...this.parameters.values()]);
  }
}
