Feature: Listen Task
  As a user of the workflow DSL
  I want a workflow to wait for events
  So that it goes on when something happened outside

  Scenario: The first event that fits is taken
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: paid}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: refunded, data: 1}
    - {type: paid, data: 2}
    - {type: paid, data: 3}
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: All attributes of a filter must fit
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: paid, source: /shop, subject: A-1, channel: web}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, source: /shop, subject: A-1, data: no channel}
    - {type: paid, source: /shop, subject: A-2, channel: web, data: another subject}
    - {type: paid, source: /shop/, subject: A-1, channel: web, data: another source}
    - {type: paid, source: /shop, subject: A-1, channel: web, data: this one}
    """
    Then the workflow should complete with output:
    """yaml
    [this one]
    """

  Scenario: Literals are compared exactly
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: 'order.*', data: {amount: 1, tags: [a]}}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: order.paid, data: {amount: 1, tags: [a]}}
    - {type: 'order.*', data: {amount: true, tags: [a]}}
    - {type: 'order.*', data: {amount: 1, tags: [a, b]}}
    - {type: 'order.*', data: {tags: [a], amount: 1.0}}
    """
    Then the workflow should complete with output:
    """yaml
    [{amount: 1.0, tags: [a]}]
    """

  Scenario: An expression over the data decides
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: temperature, data: '${ .celsius > 38 }'}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: temperature, data: {celsius: 37}}
    - {type: temperature, data: not even an object}
    - {type: temperature}
    - {type: temperature, data: {celsius: 39}}
    """
    Then the workflow should complete with output:
    """yaml
    [{celsius: 39}]
    """

  Scenario: An expression over the event decides
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen:
            to: {one: {with: {subject: '${ .subject | startswith("A-") }', type: '${ .type == "paid" }'}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, subject: B-1, data: 1}
    - {type: late, subject: A-1, data: 2}
    - {type: paid, subject: A-1, data: 3}
    """
    Then the workflow should complete with output:
    """yaml
    [3]
    """

  Scenario: A value of the run's own is what an attribute must be
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: paid, subject: '${ $workflow.input.order }'}}}}}
    """
    And given the workflow input is:
    """yaml
    {order: A-1}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, subject: A-2, data: 2}
    - {type: paid, subject: A-1, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  Scenario: A value that the run does not have faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: paid, subject: '${ $workflow.input.nothing }'}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, data: 2}
    """
    Then the workflow should fault

  Scenario: Parts of the data may be computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: paid, data: {order: '${ $input.order }', kind: full}}}}}}
    """
    And given the workflow input is:
    """yaml
    {order: A-1}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, data: {order: A-2, kind: full}}
    - {type: paid, data: {order: A-1, kind: part}}
    - {type: paid, data: {order: A-1, kind: full}}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: A-1, kind: full}]
    """

  Scenario: Any of several events is enough
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {any: [{with: {type: approved}}, {with: {type: declined}}]}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: other}
    - {type: declined, data: no}
    - {type: approved, data: yes}
    """
    Then the workflow should complete with output:
    """yaml
    [no]
    """

  Scenario: Any without filters takes every event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {any: []}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: whatever, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  Scenario: All events are needed, in whatever order
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {all: [{with: {type: a}}, {with: {type: b}}, {with: {type: c}}]}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: c, data: 3}
    - {type: a, data: 1}
    - {type: b, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [3, 1, 2]
    """

  Scenario: All needs an event for each of its filters
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {all: [{with: {type: a}}, {with: {type: a}}]}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: a, data: 1}
    - {type: b, data: 0}
    - {type: a, data: 2}
    - {type: a, data: 3}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: All waits as long as one is missing
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: a, data: 1}
    - {type: a, data: 2}
    """
    Then the workflow should be waiting

  Scenario: Until a condition over what was taken holds
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {any: [{with: {type: vote}}], until: '( . | length ) > 2'}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: 1}
    - {type: vote, data: 2}
    - {type: vote, data: 3}
    - {type: vote, data: 4}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: Until an event that is no part of the output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen:
            to: {any: [{with: {type: vote}}], until: {one: {with: {type: closed}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: 1}
    - {type: vote, data: 2}
    - {type: closed, data: 3}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: Until all of several events
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen:
            to: {any: [], until: {all: [{with: {type: stop}}, {with: {type: really}}]}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: 1}
    - {type: stop, data: 2}
    - {type: vote, data: 3}
    - {type: really, data: 4}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 3]
    """

  Scenario: Until a condition that fails faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {any: [{with: {type: vote}}], until: '.[0].number > (.[0] | tonumber)'}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: {}}
    """
    Then the workflow should fault

  Scenario: A correlation with an expectation
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one:
                with: {type: paid}
                correlate: {order: {from: .data.order, expect: '${ .order }'}, shop: {from: '.source | ltrimstr("/")', expect: main}}
    """
    And given the workflow input is:
    """yaml
    {order: A-1}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, source: /main, data: {order: A-2}}
    - {type: paid, source: /other, data: {order: A-1}}
    - {type: paid, source: /main, data: none}
    - {type: paid, source: /main, data: {order: A-1}}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: A-1}]
    """

  Scenario: A correlation without an expectation takes the first event's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - {with: {type: paid}, correlate: {order: {from: .data.order}}}
                - {with: {type: sent}, correlate: {order: {from: .subject}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, data: {shop: without an order}}
    - {type: paid, data: {order: A-1}}
    - {type: sent, subject: A-2, data: another}
    - {type: sent, subject: A-1, data: this one}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: A-1}, this one]
    """

  Scenario: The envelope is read
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen: {to: {one: {with: {type: paid}}}, read: envelope}
          output: {as: '.[0] | {id, source, type, data}'}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, id: e1, source: /shop, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    {id: e1, source: /shop, type: paid, data: 1}
    """

  Scenario: Raw data are read in Base64
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {all: [{with: {type: a}}, {with: {type: b}}, {with: {type: c}}]}, read: raw}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: a, data: text}
    - {type: b, data: {n: 1}}
    - {type: c, data_base64: iVBORw==}
    """
    Then the workflow should complete with output:
    """yaml
    [dGV4dA==, eyJuIjoxfQ==, iVBORw==]
    """

  Scenario: Binary data are read as Base64
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear: {listen: {to: {one: {with: {type: a}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: a, data_base64: iVBORw==}
    """
    Then the workflow should complete with output:
    """yaml
    [iVBORw==]
    """

  Scenario: For each event tasks are done before the next is taken
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen: {to: {any: [{with: {type: vote}}], until: 'length == 2'}}
          foreach:
            item: vote
            at: number
            do:
              - double: {set: {twice: '${ $vote.value * 2 }', number: '${ $number }'}}
              - sum: {set: {sum: '${ .twice + $number }'}}
            output: {as: .sum}
            export: {as: '{last: $output}'}
      - show: {set: {votes: '${ . }', last: '${ $context.last }'}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: {value: 10}}
    - {type: vote, data: {value: 20}}
    """
    Then the workflow should complete with output:
    """yaml
    {votes: [20, 41], last: 41}
    """
    And hear/sum should run after hear/double

  Scenario: For each event without tasks only the output is made
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}
          foreach: {output: {as: '{at: $index, item: $item}'}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: b, data: 2}
    - {type: a, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [{at: 0, item: 2}, {at: 1, item: 1}]
    """

  Scenario: Leaving the tasks of an event goes on with the next
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - hear:
          listen: {to: {any: [{with: {type: vote}}], until: 'length == 2'}}
          foreach:
            do:
              - look: {switch: [{low: {when: . < 5, then: exit}}, {high: {then: raise}}]}
              - raise: {set: '${ . * 10 }'}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: vote, data: 1}
    - {type: vote, data: 9}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 90]
    """

  Scenario: In a loop each visit takes an event of its own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - loop:
          for: {each: pet, in: '${ ["cat", "dog"] }'}
          do:
            - hear:
                listen: {to: {one: {with: {type: checked, subject: '${ $pet }'}}}}
                export: {as: '($context.seen // []) + $output | {seen: .}'}
      - show: {set: '${ $context.seen }'}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: checked, subject: dog, data: early}
    - {type: checked, subject: cat, data: meow}
    - {type: checked, subject: cat, data: again}
    """
    Then the workflow should complete with output:
    """yaml
    [meow, early]
    """

  Scenario: An event that came before the listen is heard
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - first: {listen: {to: {one: {with: {type: go}}}}}
      - then: {listen: {to: {one: {with: {type: paid}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: paid, data: early}
    - {type: go}
    """
    Then the workflow should complete with output:
    """yaml
    [early]
    """

  Scenario: Branches listen side by side
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - both:
          fork:
            branches:
              - one: {listen: {to: {one: {with: {type: a}}}}}
              - two: {listen: {to: {one: {with: {type: a}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: a, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [[1], [1]]
    """

  Scenario: The branch whose event comes first wins
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0'}
    do:
      - either:
          fork:
            compete: true
            branches:
              - paid: {listen: {to: {one: {with: {type: paid}}}}}
              - cancelled: {listen: {to: {one: {with: {type: cancelled}}}}}
    """
    When the workflow is executed
    And the events are received:
    """yaml
    - {type: cancelled, data: too late}
    - {type: paid, data: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [too late]
    """
