/**
 * The functions of TensorFlow's C API that the binding calls.
 *
 * Pointers are passed as `u64`. A handle is then a plain bigint, also where the library writes it
 * into an array of ours, and needs no wrapper object.
 *
 * @module
 */

/** A pointer of the library; `0n` is null. */
export type Pointer = bigint;

/** The functions of `libtensorflow_cc` and, through it, `libtensorflow_framework`. */
export const SYMBOLS = {
  TF_Version: { parameters: [], result: "pointer" },

  TF_NewStatus: { parameters: [], result: "u64" },
  TF_DeleteStatus: { parameters: ["u64"], result: "void" },
  TF_GetCode: { parameters: ["u64"], result: "i32" },
  TF_Message: { parameters: ["u64"], result: "pointer" },

  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "u64" },
  TF_DeleteTensor: { parameters: ["u64"], result: "void" },
  TF_TensorData: { parameters: ["u64"], result: "pointer" },
  TF_TensorByteSize: { parameters: ["u64"], result: "usize" },
  TF_StringInit: { parameters: ["pointer"], result: "void" },
  TF_StringCopy: { parameters: ["pointer", "buffer", "usize"], result: "void" },
  TF_StringGetSize: { parameters: ["pointer"], result: "usize" },
  TF_StringGetDataPointer: { parameters: ["pointer"], result: "pointer" },

  TFE_NewContextOptions: { parameters: [], result: "u64" },
  TFE_ContextOptionsSetConfig: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  TFE_DeleteContextOptions: { parameters: ["u64"], result: "void" },
  TFE_NewContext: { parameters: ["u64", "u64"], result: "u64" },
  TFE_DeleteContext: { parameters: ["u64"], result: "void" },
  TFE_ContextListDevices: { parameters: ["u64", "u64"], result: "u64" },
  TF_DeviceListCount: { parameters: ["u64"], result: "i32" },
  TF_DeviceListName: { parameters: ["u64", "i32", "u64"], result: "pointer" },
  TF_DeviceListType: { parameters: ["u64", "i32", "u64"], result: "pointer" },
  TF_DeleteDeviceList: { parameters: ["u64"], result: "void" },

  TFE_NewTensorHandle: { parameters: ["u64", "u64"], result: "u64" },
  TFE_DeleteTensorHandle: { parameters: ["u64"], result: "void" },
  TFE_TensorHandleDataType: { parameters: ["u64"], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: ["u64", "u64"], result: "i32" },
  TFE_TensorHandleDim: { parameters: ["u64", "i32", "u64"], result: "i64" },
  TFE_TensorHandleResolve: { parameters: ["u64", "u64"], result: "u64" },
  TFE_TensorHandleCopyToDevice: { parameters: ["u64", "u64", "buffer", "u64"], result: "u64" },

  TFE_NewOp: { parameters: ["u64", "buffer", "u64"], result: "u64" },
  TFE_DeleteOp: { parameters: ["u64"], result: "void" },
  TFE_OpAddInput: { parameters: ["u64", "u64", "u64"], result: "void" },
  TFE_Execute: { parameters: ["u64", "buffer", "buffer", "u64"], result: "void" },

  TFE_OpSetAttrString: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  TFE_OpSetAttrInt: { parameters: ["u64", "buffer", "i64"], result: "void" },
  TFE_OpSetAttrFloat: { parameters: ["u64", "buffer", "f32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: ["u64", "buffer", "u8"], result: "void" },
  TFE_OpSetAttrType: { parameters: ["u64", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrShape: { parameters: ["u64", "buffer", "buffer", "i32", "u64"], result: "void" },
  TFE_OpSetAttrTensor: { parameters: ["u64", "buffer", "u64", "u64"], result: "void" },
  TFE_OpSetAttrFunctionName: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  TFE_OpSetAttrStringList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  TFE_OpSetAttrIntList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFloatList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrBoolList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrTypeList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrShapeList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32", "u64"],
    result: "void",
  },
} as const;

/** {@linkcode SYMBOLS} as callable functions. */
export type TensorFlow = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;
