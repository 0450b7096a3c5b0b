// Command peer does with client_golang, otel-go and net/http what weir-bench and the agent do, so that
// Benchmarks/bench.py can measure both side by side.
//
//	peer counter THREADS | histogram THREADS | scrape SERIES | spans COUNT | serve FILE
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) != 3 {
		refuse("usage: peer counter|histogram|scrape|spans|serve OPERAND")
	}
	if os.Args[1] == "serve" {
		serve(os.Args[2])
		return
	}
	number, err := strconv.Atoi(os.Args[2])
	if err != nil || number < 1 {
		refuse("not a number from 1: " + os.Args[2])
	}
	switch os.Args[1] {
	case "counter":
		counter(number)
	case "histogram":
		histogram(number)
	case "scrape":
		scrape(number)
	case "spans":
		spans(number)
	default:
		refuse("unknown: " + os.Args[1])
	}
}

func refuse(what string) {
	fmt.Fprintln(os.Stderr, "peer: "+what)
	os.Exit(2)
}
