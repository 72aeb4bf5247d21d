// The worker and what it is to do: one picture at a time, that which is looked at first, and of it only the
// latest; what nobody waits for any more is dropped before it is begun.
"use strict";

class Computer {
  constructor(source, model, weights, engine, { progress, ready, failed }) {
    this.latest = null;
    this.others = [];
    this.current = null;
    this.isReady = false;
    this.idle = [];
    this.number = 0;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
      this.worker = new Worker(address);
    } catch (error) {  // in a frame that may do nothing
      return void failed(error.message);
    }
    this.worker.addEventListener("error", event => {
      event.preventDefault();
      failed(event.message || "the worker has ended");
    });
    this.worker.addEventListener("message", ({ data }) => {
      if (data.kind === "progress") return progress(data.share);
      if (data.kind === "ready") {
        URL.revokeObjectURL(address);
        this.isReady = true;
        ready(data.engine);
        return this.next();
      }
      if (data.id === undefined) return failed(data.message);
      const job = this.current;
      this.current = null;
      if (!job.dropped) job.done(data.kind === "picture" ? data : null, data.message);
      this.next();
    });
    this.worker.postMessage({ kind: "load", model, weights, engine });
  }

  // done(answer or null, message); a later one takes its place.
  show(recipe, truncation, done) {
    this.latest = { recipe, truncation, done };
    this.next();
  }

  // After all that is shown; in the order of the calls.
  later(recipe, truncation, done, tag) {
    this.others.push({ recipe, truncation, done, tag });
    this.next();
  }

  drop(tag) {
    this.others = this.others.filter(job => job.tag !== tag);
    if (this.current?.tag === tag) this.current.dropped = true;
  }

  get busy() { return Boolean(this.latest || this.current || this.others.length); }

  // When there is nothing left to do.
  settled() {
    const isIdle = this.isReady && !this.busy;
    return isIdle ? Promise.resolve() : new Promise(done => this.idle.push(done));
  }

  next() {
    if (this.current || !this.isReady) return;
    const job = this.latest ?? this.others.shift();
    if (!job) {
      for (const done of this.idle.splice(0)) done();
      return;
    }
    if (job === this.latest) this.latest = null;
    this.current = job;
    const { recipe, truncation } = job;
    this.worker.postMessage({ kind: "picture", id: ++this.number, recipe, truncation });
  }
}
