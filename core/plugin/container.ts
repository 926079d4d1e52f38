// The only file that touches tsyringe, which throws while it is imported unless
// `Reflect.getMetadata` is there: the order of these two imports matters.
import "reflect-metadata";
export {
  container as globalContainer,
  type DependencyContainer,
  instancePerContainerCachingFactory,
} from "tsyringe";
