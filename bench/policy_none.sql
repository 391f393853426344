-- No policy: neither limits nor ladder nor brake.
SELECT credits.configure('{"plans": {"professional": {"cost_budget": null, "max_tokens_per_request": null, "limits": null}},
                           "limits": null, "ladder": null, "brake": null}') \g /dev/null
