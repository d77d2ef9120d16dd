import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js"

/** Stands for what a compiler makes of a `.proto` file. */
const method = (name: string, responseStream: boolean): MethodDefinition<string, string> => ({
  path: `/Answers/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: Buffer.from,
  requestDeserialize: String,
  responseSerialize: Buffer.from,
  responseDeserialize: String
})

export const answers = {
  ask: method("ask", false),
  watch: method("watch", true)
} satisfies ServiceDefinition
