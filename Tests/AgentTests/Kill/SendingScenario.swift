extension KillScenario {
    /// Sends one span to Weir as a child's SDK does, and notes it when Weir has said 200.
    ///
    /// From then on it must not be lost. Its id is made of what is the same at every try.
    private static let send = #"""
        IFS=- read -r _ trace parent _ <<< "$TRACEPARENT"
        span=$(printf '%s' "$WEIR_STEP $WEIR_ATTEMPT $WEIR_RUN_ID" | md5sum | cut -c 1-16)
        body='{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"child"},"spans":[{"traceId":"'$trace'","spanId":"'$span'","parentSpanId":"'$parent'","flags":257,"name":"inner","kind":1,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000000001","attributes":[{"key":"cicd.pipeline.run.id","value":{"stringValue":"'$WEIR_RUN_ID'"}}]}]}]}]}'
        url=${OTEL_EXPORTER_OTLP_ENDPOINT#http://}
        exec 5<>"/dev/tcp/${url%%:*}/$(cut -d: -f2 <<< "${url%%/*}")"
        printf 'POST /%s/v1/traces HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
            "${url#*/}" "${url%%/*}" ${#body} "$body" >&5
        read -r _ status _ <&5
        exec 5>&-
        [ "$status" = 200 ] && echo "$span" >> "$KILL_LOG/acknowledged"

        """#

    /// Steps that send spans of their own, one of them twice because it is tried again.
    static let sending = KillScenario(
        pipeline: """
            name: sending
            workers: 2
            recoveries: 10
            steps:
              first:
                run: |
            \(script(send))
              left:
                needs: first
                run: |
            \(script(send + "sleep 0.03"))
              right:
                needs: first
                retry: {attempts: 2, backoff: 5ms..10ms}
                run: |
            \(script(send + "[ -e \"$KILL_LOG/tried\" ] || { touch \"$KILL_LOG/tried\"; exit 75; }"))
              last:
                needs: [left, right]
                run: |
            \(script(send))

            """,
        exitCode: 0,
        succeeding: ["first", "left", "right", "last"],
        fault: { _ in nil }
    )
}
