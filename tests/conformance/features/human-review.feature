Feature: Human Review Task
  As a user of the workflow DSL
  I want a workflow to wait for a person's decision
  So that people decide what no expression can

  Scenario: The decision is the output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Approve?, choices: [approve, decline]}}
      - keep: {set: {was: '${ .decision }', why: '${ .reason }', automatic: '${ .automatic }'}}
    """
    When the workflow is executed
    And the review is decided:
    """yaml
    {decision: approve, reason: Looks right}
    """
    Then the workflow should complete with output:
    """yaml
    {was: approve, why: Looks right, automatic: false}
    """

  Scenario: A run waits until a person decides
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Approve?, choices: [approve, decline]}}
    """
    When the workflow is executed
    Then the workflow should be waiting
    And the review should ask:
    """yaml
    queue: default
    question: Approve?
    data: {}
    choices: [{value: approve, label: approve}, {value: decline, label: decline}]
    """

  Scenario: Queue, question, data and choices are computed from the task's input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask:
          input: {from: .case}
          call: human-review
          with:
            queue: ${ .team }
            question: ${ "Pay \(.amount)?" }
            data: {amount: '${ .amount }', was: constant}
            choices: ['${ .first }', {value: no, label: '${ "Not " + .team }'}]
    """
    And given the workflow input is:
    """yaml
    case: {team: refunds, amount: 40, first: pay}
    """
    When the workflow is executed
    Then the review should ask:
    """yaml
    queue: refunds
    question: Pay 40?
    data: {amount: 40, was: constant}
    choices: [{value: pay, label: pay}, {value: no, label: Not refunds}]
    """

  Scenario: All choices are computed at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Which?, data: null, choices: '${ .plans }'}}
    """
    And given the workflow input is:
    """yaml
    plans: [small, {value: big, label: The big one}]
    """
    When the workflow is executed
    Then the review should ask:
    """yaml
    queue: default
    question: Which?
    data: null
    choices: [{value: small, label: small}, {value: big, label: The big one}]
    """

  Scenario: A choice is taken when the review is due
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask:
          call: human-review
          with: {question: Approve?, choices: [approve, decline], due: PT4H, whenDue: decline}
    """
    When the workflow is executed
    And the review is due
    Then the workflow should complete with output:
    """yaml
    {decision: decline, reason: '', decidedBy: null, decidedAt: '1970-01-01T04:00:00.000000Z', automatic: true}
    """

  Scenario: A review that is due faults with a timeout
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask:
          call: human-review
          with: {question: Approve?, choices: [approve], due: {after: {hours: 4}}, whenDue: fault}
    """
    When the workflow is executed
    And the review is due
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    title: Timeout Error
    detail: Nobody decided the review; it was due at 1970-01-01T04:00:00.000000Z.
    instance: /do/0/ask
    """

  Scenario: A decision routes the run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Approve?, choices: [approve, decline]}}
      - route: {switch: [{yes: {when: .decision == "approve", then: pay}}, {no: {then: refuse}}]}
      - pay: {set: {paid: true}, then: end}
      - refuse: {set: {paid: false}}
    """
    When the workflow is executed
    And the review is decided:
    """yaml
    {decision: decline}
    """
    Then the workflow should complete with output:
    """yaml
    {paid: false}
    """

  Scenario: A jump back asks again
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Done?, choices: [yes, again]}}
      - route: {switch: [{again: {when: .decision == "again", then: ask}}, {done: {then: end}}]}
    """
    When the workflow is executed
    And the review is decided:
    """yaml
    {decision: again}
    """
    And the review is decided:
    """yaml
    {decision: yes, reason: At last}
    """
    Then the workflow should complete with output:
    """yaml
    {decision: yes, reason: At last, decidedBy: key_1, decidedAt: '1970-01-01T00:00:00.000000Z', automatic: false}
    """

  Scenario: Choices that do not fit fault the run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: review, version: '1.0.0'}
    do:
      - ask: {call: human-review, with: {question: Which?, choices: '${ .plans }'}}
    """
    And given the workflow input is:
    """yaml
    plans: [small, small]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    title: Expression Error
    detail: "human-review: choices has 'small' twice."
    instance: /do/0/ask
    """
