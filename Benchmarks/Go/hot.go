package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/prometheus/client_golang/prometheus"
)

// Operations between two signs of life of a thread.
const batch = 1_000

// Batches between two looks at the clock.
const stretch = 10

// From when the threads begin until they are told to stop.
const lasting = 200 * time.Millisecond

func counter(threads int) {
	vector := prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "jobs_total", Help: "Jobs."}, []string{"pipeline", "result"})
	prometheus.MustRegister(vector)
	child := vector.WithLabelValues("nightly", "success")
	hammer(threads, func() {
		for i := 0; i < batch; i++ {
			child.Inc()
		}
	})
}

func histogram(threads int) {
	vector := prometheus.NewHistogramVec(
		prometheus.HistogramOpts{Name: "job_seconds", Help: "Time.", Buckets: prometheus.DefBuckets},
		[]string{"pipeline", "result"})
	prometheus.MustRegister(vector)
	child := vector.WithLabelValues("nightly", "success")
	var values [1024]float64
	for i, nanoseconds := range durations(len(values)) {
		values[i] = float64(nanoseconds) / 1e9
	}
	hammer(threads, func() {
		for i := 0; i < batch; i++ {
			child.Observe(values[i&1023])
		}
	})
}

// Durations from 1 ms to 16 s, as many of each magnitude; weir-bench has the same ones.
func durations(count int) []int64 {
	values := make([]int64, count)
	state := uint64(42)
	for i := range values {
		state = state*6364136223846793005 + 1442695040888963407
		values[i] = 1_000_000<<(state>>60) | int64(state>>40&0xFFFFF)
		if values[i] > 16_000_000_000 {
			values[i] /= 2
		}
	}
	return values
}

// Prints operations and the processor time that they took, in nanoseconds.
//
// Each thread has a processor. Only stretches count in which nothing else took it, and in which
// every other thread got on as well: otherwise they are not in each other's way.
func hammer(threads int, work func()) {
	var stop atomic.Bool
	var ready, done sync.WaitGroup
	var operations, nanoseconds int64
	progress := make([]struct {
		batches atomic.Int64
		_       [120]byte
	}, threads)
	haveAllMoved := func(me int, seen []int64) bool {
		all := true
		for i := range progress {
			now := progress[i].batches.Load()
			all = all && (i == me || now > seen[i])
			seen[i] = now
		}
		return all
	}
	ready.Add(threads)
	for i := 0; i < threads; i++ {
		done.Add(1)
		go func(me int) {
			defer done.Done()
			runtime.LockOSThread()
			pin(me)
			seen := make([]int64, threads)
			ready.Done()
			ready.Wait()
			for !stop.Load() {
				haveAllMoved(me, seen)
				begin, start := time.Now(), threadNanoseconds()
				for i := 0; i < stretch; i++ {
					work()
					progress[me].batches.Add(1)
				}
				took := threadNanoseconds() - start
				isAlone := time.Since(begin).Nanoseconds() < took+took/4
				if haveAllMoved(me, seen) && isAlone {
					atomic.AddInt64(&nanoseconds, took)
					atomic.AddInt64(&operations, stretch*batch)
				}
			}
		}(i)
	}
	ready.Wait()
	time.Sleep(lasting)
	stop.Store(true)
	done.Wait()
	fmt.Println(operations, nanoseconds)
}

// Puts the calling thread on a processor of its own.
func pin(index int) {
	mask := uint64(1) << (index % runtime.NumCPU())
	_, _, code := syscall.RawSyscall(
		syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if code != 0 {
		refuse("sched_setaffinity: " + code.Error())
	}
}

func threadNanoseconds() int64 {
	const clockThread = 3
	var now syscall.Timespec
	_, _, code := syscall.Syscall(
		syscall.SYS_CLOCK_GETTIME, clockThread, uintptr(unsafe.Pointer(&now)), 0)
	if code != 0 {
		refuse("clock_gettime: " + code.Error())
	}
	return now.Nano()
}
