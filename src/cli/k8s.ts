/**
 * A deployment of Kubernetes for a governor. Pure.
 */
import { type Numbers, seconds, startInWords, startSeconds, stopSeconds } from "./numbers.ts"

/** In seconds, between two checks while the program starts. */
const startPeriod = 2

/** The checks may fail for as long as the longest start takes: `failureThreshold` × `periodSeconds` is at least that. */
const startFailures = (numbers: Numbers): number => Math.ceil(startSeconds(numbers) / startPeriod)

export const manifest = (numbers: Numbers, image?: string): string => {
  const name = labelOf(numbers.name)
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
    spec:
      # A shutdown of the governor, and 5 s. The time of a preStop hook counts too.
      terminationGracePeriodSeconds: ${stopSeconds(numbers)}
      containers:
        - name: ${name}
          image: ${JSON.stringify(image ?? `${name}:latest`)}
          ports:
            # The program has to listen there on host 0.0.0.0: by default only the container itself reaches it.
            - name: operations
              containerPort: ${numbers.port}
          # All services have to be ready once. ${startInWords(numbers)}
          startupProbe:
            httpGet: { path: /startupz, port: operations }
            periodSeconds: ${startPeriod}
            failureThreshold: ${startFailures(numbers)}
          # A restart of the container repairs what the governor cannot repair itself.
          livenessProbe:
            httpGet: { path: /livez, port: operations }
            periodSeconds: 10
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /readyz, port: operations }
            periodSeconds: 5
            failureThreshold: 1
          # If the program could not write /dev/termination-log, the end of its log says why it ended.
          terminationMessagePolicy: FallbackToLogsOnError
${drainOf(numbers)}`
}

/** Both ways to serve on while Kubernetes takes the pod out of its endpoints. One of them is enough. */
const drainOf = ({ drainDelay = 0 }: Numbers): string =>
  `          # ${
    drainDelay > 0
      ? `The drainDelay of the program (${seconds(drainDelay)} s) lets it serve on while requests still come.`
      : "Requests still come for some seconds after the signal: set a drainDelay, so that the program serves on."
  }
          # Without a drainDelay, Kubernetes can wait before it sends the signal (stable since 1.34). Then add the
          # seconds to terminationGracePeriodSeconds:
          # lifecycle:
          #   preStop:
          #     sleep: { seconds: ${drainDelay > 0 ? seconds(drainDelay) : 5} }
`

/** The name as a label of DNS: lower-case letters, digits and "-", at most 63. */
const labelOf = (name: string): string =>
  name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 63).replaceAll(/^-+|-+$/g, "") || "app"
