"""The least that Flask can answer, on the same server with the same threads as eid: what a document is held against."""

from __future__ import annotations

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/hello")
def hello():  # type: ignore[no-untyped-def]
    return jsonify(hello="world")
